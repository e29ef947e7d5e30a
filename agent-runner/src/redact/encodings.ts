/** Secrets in all are looked for in every form up to so many characters, the longest beyond it as they are: memory. */
export const ENCODED_CHARS = 32 * 1024;

/**
 * X7: what to look for: secrets as they are, and in the encodings that programs print them in. `parts` of secrets are
 * looked for as they are.
 */
export function encodingsOf(secrets: readonly string[], parts: readonly string[] = []): Buffer[] {
  const forms = new Set<string>();
  let left = ENCODED_CHARS;
  for (const secret of [...secrets].sort((a, b) => a.length - b.length)) {
    left -= secret.length;
    for (const form of left >= 0 ? [...plain(secret), ...encoded(secret)] : plain(secret)) forms.add(form);
  }
  for (const part of parts) forms.add(part);
  return [...forms].map((form) => Buffer.from(form));
}

/** A terminal prints a line's end as two characters. */
const plain = (secret: string) => [secret, secret.replace(/\r?\n/g, '\r\n')];

function encoded(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  return [...base64(bytes), hex, hex.toUpperCase(), ...percent(secret), ...json(secret)];
}

/** Of a text that holds the secret the letters that are the secret's alone, wherever in three bytes it begins. */
function base64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const own = all.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** By `encodeURIComponent`; by RFC 3986; with slashes left alone; as forms send it: each with both kinds of digits. */
function percent(secret: string): string[] {
  const uri = encodeURIComponent(secret);
  const strict = uri.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const kinds = [uri, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+')];
  return kinds.flatMap((kind) => [kind, kind.replace(/%../g, (code) => code.toLowerCase())]);
}

/** As JSON must; and with slashes, the signs of HTML, or all that is not ASCII escaped, as some libraries do. */
function json(secret: string): string[] {
  const least = JSON.stringify(secret).slice(1, -1);
  const code = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return [
    least,
    least.replaceAll('/', '\\/'),
    least.replace(/[<>&]/g, code),
    least.replace(/[^\0-\x7f]/g, code),
  ];
}
