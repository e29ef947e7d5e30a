import type { Charset, Core } from '../internals.ts';

/** The intermediates that designate a character set, in the order of G0 to G3. */
const INTERMEDIATES = '()*+';
const NAMES = '0A4C5RQKYE6ZH7=';
const US = 'B';
/** Locking shifts to G0 … G3. */
const SHIFTS = ['\x0f', '\x0e', '\x1bn', '\x1bo'];

export type CharsetNames = (charset: Charset) => string;

/** xterm.js keeps a set as an object without a name: each is asked for once, on an emulator of its own. */
export function charsetNames(core: Core): CharsetNames {
  const names = new Map<Charset, string>();
  for (const name of NAMES) {
    core._inputHandler.parse(new TextEncoder().encode(`\x1b(${name}`));
    names.set(core._charsetService.charset, name);
  }
  core._inputHandler.parse(new TextEncoder().encode(`\x1b(${US}`));
  return (charset) => (charset === undefined ? US : (names.get(charset) ?? US));
}

/** Makes `charset` the one that characters are read by, in a terminal that has no other designated. */
export const useCharset = (name: string): string => (name === US ? '' : `\x1b(${name}`);
export const unuseCharset = (name: string): string => (name === US ? '' : `\x1b(${US}`);

/** G0 to G3, and which of them is in use. */
export function charsetState({ _charsetService }: Core, nameOf: CharsetNames): string {
  let out = '';
  for (const [index, intermediate] of [...INTERMEDIATES].entries()) {
    const name = nameOf(_charsetService._charsets[index]);
    if (name !== US) out += `\x1b${intermediate}${name}`;
  }
  return out + (_charsetService.glevel === 0 ? '' : (SHIFTS[_charsetService.glevel] ?? ''));
}

/** After a cursor was restored, the set in use may be none of G0 to G3. */
export const charsetIsRestored = ({ _charsetService }: Core): boolean =>
  _charsetService.charset !== _charsetService._charsets[_charsetService.glevel];
