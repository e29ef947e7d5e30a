import { readable } from '../text.ts';

// Strings (OSC, DCS, APC, PM, SOS) end with BEL or ST; a sequence has parameters and one final byte.
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
  /\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]/g;

/** A line as a terminal leaves it where a program writes over its beginning. */
function overwritten(line: string): string {
  return line.split('\r').reduce((shown, text) => text + shown.slice(text.length), '');
}

/** What a tool's terminal shows, as plain text: no colours, and no control character that acts. */
export const terminalText = (text: string): string =>
  text
    .replace(SEQUENCES, '')
    .replace(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => readable(overwritten(line).replaceAll('\t', '    ')))
    .join('\n');
