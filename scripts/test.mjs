import {
  COVERAGE,
  chaosCheck,
  endToEndCheck,
  hostCheck,
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

async function perform(node, check) {
  const began = Date.now();
  say(dim(`${check.name} …`));
  const result = await check.run(node);
  const took = Date.now() - began;
  if (result.failed > 0 && result.output) say(result.output);
  return { name: check.name, took, ...result };
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
  for (const result of results) say(lineOf(result));
  say('');
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function checks(node) {
  if (fast) return [...STATIC_CHECKS, ...UNIT_CHECKS];
  const other = otherNode(node);
  const browser = ensureTools();
  say(dim(`browser: ${browser.path}, ${browser.version}`));
  const host = other === null ? [] : [hostCheck(other)];
  return [
    ...STATIC_CHECKS,
    ...UNIT_CHECKS,
    COVERAGE,
    ...host,
    versionsCheck,
    endToEndCheck(browser.path),
    chaosCheck,
  ];
}

await main(async () => {
  const node = await prepare({ build: true });
  const results = [];
  for (const check of checks(node)) results.push(await perform(node, check));
  return summary(results);
});
