import {
  COVERAGE,
  chaosCheck,
  endToEndCheck,
  hostCheck,
  measuredCheck,
  STATIC_CHECKS,
  UNIT_CHECKS,
  versionsCheck,
} from './lib/checks.mjs';
import { otherNode } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { bold, dim, duration, green, main, red, say } from './lib/say.mjs';
import { ensureTools } from './lib/tools.mjs';
import { flagsOf } from './lib/usage.mjs';
import { TEST } from './lib/usages.mjs';

/** `--fast` leaves out the end-to-end tests and chaos, and what they need of the machine. */
const { fast } = flagsOf(TEST);

/** Tests mostly wait, for programs, servers and pages. */
const AT_ONCE = 2;

async function perform(node, check) {
  const began = Date.now();
  say(dim(`${check.name} …`));
  const result = { name: check.name, ...(await check.run(node)), took: Date.now() - began };
  if (result.failed > 0 && result.output) say(result.output);
  say(lineOf(result));
  return result;
}

/** Resolves to the results of all checks, of which so many run beside each other. */
async function performAll(node, checks, atOnce) {
  const waiting = [...checks];
  const results = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results.push(await perform(node, next));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

function lineOf({ name, took, passed, failed }) {
  const counts = passed + failed > 0 ? `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}, ` : '';
  return `${failed > 0 ? red('✗') : green('✓')} ${name.padEnd(24)} ${dim(`${counts}${duration(took)}`)}`;
}

function summary(results) {
  const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
  const passed = sum((result) => result.passed);
  const failed = sum((result) => result.failed);
  say(`\n${bold(fast ? 'npm run check' : 'npm test')}`);
  for (const result of results) {
    say(lineOf(result));
    for (const fault of result.faults ?? []) say(red(`  ${fault}`));
  }
  say('');
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** What runs beside each other, and what needs the machine for itself: it measures, or makes it busy. */
function checks(node) {
  if (fast) return { beside: UNIT_CHECKS, alone: [] };
  const other = otherNode(node);
  const browser = ensureTools();
  say(dim(`browser: ${browser.path}, ${browser.version}`));
  const host = other === null ? [] : [hostCheck(other)];
  return {
    beside: [...UNIT_CHECKS, COVERAGE, ...host, versionsCheck],
    // The end-to-end tests run two files at a time themselves.
    alone: [endToEndCheck(browser.path), measuredCheck(browser.path), chaosCheck],
  };
}

await main(async () => {
  const node = await prepare({ build: true });
  const { beside, alone } = checks(node);
  return summary([
    ...(await performAll(node, STATIC_CHECKS, 1)),
    ...(await performAll(node, beside, AT_ONCE)),
    ...(await performAll(node, alone, 1)),
  ]);
});
