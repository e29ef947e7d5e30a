import { styleText } from 'node:util';

/** Messages to a person. All of them go to stderr: stdout belongs to the program that is run. */

const paint = (format) => (text) => styleText(format, text, { stream: process.stderr });

export const bold = paint('bold');
export const dim = paint('dim');
export const red = paint('red');
export const green = paint('green');

export function print(text) {
  process.stderr.write(`${text}\n`);
}

/** ms as a person reads it. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Ends the process with a message instead of a stack: for what the person can mend. */
export class Refusal extends Error {}

/** Runs an entry script; a `Refusal` is told in one line, anything else with its stack. */
export async function main(run) {
  try {
    process.exitCode = await run();
  } catch (error) {
    print(error instanceof Refusal ? red(error.message) : red(error?.stack ?? String(error)));
    process.exitCode = 1;
  }
}
