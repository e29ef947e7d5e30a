/**
 * Text from outside as a person may safely read it (X6): control characters are shown, not obeyed, and so
 * are those that reorder or hide what stands beside them.
 */
const C0_PICTURES = 0x2400;
const DEL_PICTURE = '\u2421';
const HIDDEN =
  /[\p{Cc}\p{Bidi_Control}\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(C0_PICTURES + code);
    if (code === 0x7f) return DEL_PICTURE;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Facts in a line, those that are known: `Every agent · joined today`. */
export const factsOf = (...facts: readonly (string | null)[]): string =>
  facts.flatMap((fact) => (fact === null ? [] : [visible(fact)])).join(' · ');
