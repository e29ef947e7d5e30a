/** What a person is told. All of it goes to stderr: stdout belongs to the program that is run. */

const colour = process.stderr.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

export function say(text) {
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
    say(error instanceof Refusal ? red(error.message) : red(error?.stack ?? String(error)));
    process.exitCode = 1;
  }
}
