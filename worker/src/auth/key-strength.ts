const LEAST = {
  bytes: 32,
  /** Of 32 random bytes about 30 are different; fewer than this do not happen. */
  distinct: 16,
} as const;
const FORM = /^[\w-]+$/;

const distinct = (bytes: readonly number[]) => new Set(bytes).size;
/** From each byte to the next: a count, up or down, or a pattern has few of them. */
const steps = (bytes: readonly number[]) =>
  bytes.slice(1).map((byte, at) => (byte - (bytes[at] ?? 0) + 256) % 256);

function repeats(bytes: readonly number[]): boolean {
  for (let period = 1; period <= bytes.length / 2; period += 1)
    if (bytes.every((byte, at) => at < period || byte === bytes[at - period])) return true;
  return false;
}

const isPrintable = (byte: number) => byte >= 0x20 && byte < 0x7f;

function bytesOf(text: string): number[] | null {
  if (!FORM.test(text)) return null;
  try {
    const standard = text.replaceAll('-', '+').replaceAll('_', '/');
    return [...atob(standard)].map((char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

const MAKE = "make one: openssl rand -base64 32 | tr '+/' '-_' | tr -d =";

/** X20: why this text is not a good signing key; null: it is. The reason reveals nothing of the text. */
export function keyFault(text: string | undefined): string | null {
  if (text === undefined || text === '') return `is missing; ${MAKE}`;
  const bytes = bytesOf(text);
  if (bytes === null) return `must be base64url; ${MAKE}`;
  if (bytes.length < LEAST.bytes) return `must hold at least ${LEAST.bytes} bytes; ${MAKE}`;
  const isPoor =
    distinct(bytes) < LEAST.distinct ||
    distinct(steps(bytes)) < LEAST.distinct / 2 ||
    repeats(bytes) ||
    bytes.every(isPrintable);
  return isPoor ? `can be guessed: it is not random; ${MAKE}` : null;
}
