import { parseArgs } from 'node:util';

/**
 * @typedef {object} Flag
 * @property {string} text what it does
 * @property {string} [value] how its value is called; none: it takes none
 * @property {number} [least] its value is a whole number, and no smaller
 * @property {number} [most] and no larger
 * @property {boolean} [repeated] it may be given more than once
 *
 * @typedef {object} Command
 * @property {string} name how it is called, with what stands before its flags
 * @property {string} does
 * @property {Readonly<Record<string, Flag>>} flags
 */

/** A mistake in a command line: told in words, with the usage, and exit code 2. */
export class UsageMistake extends Error {}

const HELP = { help: { text: 'this text' } };
const WRONG = 2;

/** @param {Command} command */
export function usageOf({ name, does, flags }) {
  const rows = Object.entries({ ...flags, ...HELP }).map(([flag, { value, text }]) => [
    `--${flag}${value === undefined ? '' : ` ${value}`}`,
    text,
  ]);
  const width = Math.max(...rows.map(([flag]) => flag.length)) + 2;
  const lines = rows.map(
    ([flag, text]) => `  ${flag.padEnd(width)}${text.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`,
  );
  return `${does}\n\nUsage: ${name} [flags]\n\n${lines.join('\n')}\n`;
}

/** @param {string} flag @param {Flag} rule @param {string} text */
function checkNumber(flag, { least = 0, most = Number.MAX_SAFE_INTEGER }, text) {
  if (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new UsageMistake(`--${flag} must be a whole number ${range}, not ${text}`);
}

/**
 * Flags by name; numbers as text, as they came. `help` alone when it is asked for.
 * @param {Command} command
 * @param {readonly string[]} args
 * @returns {Record<string, string | boolean | string[] | undefined>}
 * @throws UsageMistake
 */
export function parseFlags({ flags }, args) {
  const options = Object.entries({ ...flags, ...HELP }).map(([name, { value, repeated = false }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', multiple: repeated },
  ]);
  if (args.includes('--help')) return { help: true };
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: Object.fromEntries(options) }));
  } catch (error) {
    // Node's second sentence is about a syntax that is not used here.
    const [said] = (error instanceof Error ? error.message : String(error)).split(/\. (?:To|Did)|\n/);
    throw new UsageMistake(said);
  }
  for (const [name, rule] of Object.entries(flags)) {
    const given = values[name];
    for (const text of [given ?? []].flat()) {
      if (text === '') throw new UsageMistake(`--${name} needs ${rule.value}`);
      if (rule.least !== undefined) checkNumber(name, rule, String(text));
    }
  }
  return { ...values };
}

/** Ends with a usage text: what is wrong, and how it is right. @param {Command} command @param {string} message @returns {never} */
export function refuseUsage(command, message) {
  process.stderr.write(`${message}\n\n${usageOf(command)}`);
  process.exit(WRONG);
}

/**
 * The flags of this process; a call for help, or a mistake, ends it here.
 * @param {Command} command
 */
export function flagsOf(command) {
  try {
    const flags = parseFlags(command, process.argv.slice(2));
    if (flags.help !== true) return flags;
  } catch (error) {
    if (!(error instanceof UsageMistake)) throw error;
    refuseUsage(command, error.message);
  }
  process.stdout.write(usageOf(command));
  process.exit(0);
}
