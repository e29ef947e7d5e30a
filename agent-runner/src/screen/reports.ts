// biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with an escape character
const FOCUS = /\x1b\[[IO]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with an escape character
const MOUSE = /\x1b\[<\d{1,4};\d{1,5};\d{1,5}[Mm]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with an escape character
const OLD_MOUSE = /\x1b\[M[\s\S]{3}/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with an escape character
const REPORTS = /^(?:\x1b\[[IO]|\x1b\[<\d{1,4};\d{1,5};\d{1,5}[Mm]|\x1b\[M[\s\S]{3})*$/;

/** The reports that a program has enabled. */
export interface ReportingModes {
  readonly mouse: boolean;
  readonly focus: boolean;
}

/**
 * P8, P7: what of an input reaches a program. `answer`: nobody typed it (X6): then only reports of mouse and focus do,
 * since questions are answered by the keeper; and none of those that the program did not ask for, but the one before it.
 */
export function filterReports(data: Uint8Array, answer: boolean, wanted: ReportingModes): Uint8Array {
  if (!data.includes(0x1b)) return answer ? new Uint8Array() : data;
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
  const only = REPORTS.test(text);
  if (answer && !only) return new Uint8Array();
  let left = text;
  if (!wanted.mouse) left = left.replace(MOUSE, '');
  if (!wanted.mouse && only) left = left.replace(OLD_MOUSE, '');
  if (!wanted.focus && only) left = left.replace(FOCUS, '');
  return left.length === text.length ? data : Buffer.from(left, 'latin1');
}
