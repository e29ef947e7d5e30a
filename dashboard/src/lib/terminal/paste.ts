/**
 * X22: what is pasted is text. A control character in it could end the brackets that tell a program so, or act by
 * itself, so none is let through but the tab and the line end, which goes as the Enter key does.
 */
const LINE_ENDS = /\r\n?|\n/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out (C0, DEL and C1)
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const BEGIN = '\x1b[200~';
const END = '\x1b[201~';

/** Text as it may be sent; lines end with a carriage return. */
export const pastable = (text: string): string => text.replace(LINE_ENDS, '\r').replace(CONTROLS, '');

/** The same for a program on pipes, whose lines end with a line feed. */
export const pipeable = (text: string): string => pastable(text).replaceAll('\r', '\n');

/** `bracketed`: whether the program asked to be told what is pasted (mode 2004). */
export function pasteOf(text: string, bracketed: boolean): string {
  const clean = pastable(text);
  return bracketed ? BEGIN + clean + END : clean;
}

/** A program that is not told of a paste runs each of its lines, so a line end is asked about. */
export const asksFirst = (text: string, bracketed: boolean): boolean =>
  !bracketed && pastable(text).includes('\r');

/** The lines that would run, without the empty one behind a last line end. */
export function linesOf(text: string): readonly string[] {
  const lines = pastable(text).split('\r');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Whether text was pasted into a field: more than one character, with a control among them. */
export const isPasteLike = (text: string): boolean => [...text].length > 1 && pastable(text) !== text;
