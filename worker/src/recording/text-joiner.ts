/**
 * Joins the bytes of one stream to text, whatever pieces they come in: a character that is cut waits for its rest, what
 * is none becomes U+FFFD (S11).
 */
export class TextJoiner {
  readonly #decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
  readonly #lines: boolean;
  #afterReturn = false;

  /** `lines`: for bytes that no terminal has passed: each newline gets the carriage return that one would add. */
  constructor({ lines = false } = {}) {
    this.#lines = lines;
  }

  push(bytes: Uint8Array): string {
    return this.#returned(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What still waited. */
  end(): string {
    return this.#returned(this.#decoder.decode());
  }

  #returned(text: string): string {
    if (!this.#lines || text === '') return text;
    const whole = this.#afterReturn ? `\r${text}` : text;
    const returned = whole.replaceAll(/\r?\n/g, '\r\n');
    const joined = this.#afterReturn ? returned.slice(1) : returned;
    this.#afterReturn = text.endsWith('\r');
    return joined;
  }
}
