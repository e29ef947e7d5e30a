import { atOnce } from './lib/at-once.mjs';
import {
  CORES,
  chaosCheck,
  endToEndCheck,
  hostCheck,
  measuredCheck,
  oneAgentCheck,
  STATIC_CHECKS,
  unitChecks,
  versionsCheck,
} from './lib/checks.mjs';
import { command } from './lib/command.mjs';
import { bold, dim, duration, green, print, red } from './lib/console.mjs';
import { otherNode } from './lib/node.mjs';
import { ensureTools } from './lib/tools.mjs';
import { TEST } from './lib/usages.mjs';

async function perform(node, check) {
  const began = Date.now();
  print(dim(`${check.name} …`));
  const result = { name: check.name, ...(await check.run(node)), took: Date.now() - began };
  if (result.failed > 0 && result.output) print(result.output);
  print(lineOf(result));
  return result;
}

function lineOf({ name, took, passed, failed }) {
  const counts = passed + failed > 0 ? `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}, ` : '';
  return `${failed > 0 ? red('✗') : green('✓')} ${name.padEnd(24)} ${dim(`${counts}${duration(took)}`)}`;
}

function summary(name, results) {
  const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
  const passed = sum((result) => result.passed);
  const failed = sum((result) => result.failed);
  print(`\n${bold(name)}`);
  for (const result of results) {
    print(lineOf(result));
    for (const fault of result.faults ?? []) print(red(`  ${fault}`));
  }
  print('');
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/**
 * Checks that run in parallel, and checks that need the machine to themselves because they measure it or fill it. `fast` leaves
 * out the end-to-end tests and chaos, and the programs that those need.
 */
function checks(node, fast) {
  if (fast) return { beside: unitChecks({ coverage: false }), alone: [] };
  const other = otherNode(node);
  const browser = ensureTools();
  print(dim(`browser: ${browser.path}, ${browser.version}`));
  const host = other === null ? [] : [hostCheck(other)];
  return {
    beside: [...unitChecks({ coverage: true }), ...host, versionsCheck],
    // The end-to-end tests run two files at a time themselves.
    alone: [
      endToEndCheck(browser.path),
      oneAgentCheck(browser.path),
      measuredCheck(browser.path),
      chaosCheck,
    ],
  };
}

await command(TEST, { build: true }, async (node, { fast }) => {
  const { beside, alone } = checks(node, fast);
  const performAll = (most, list) => atOnce(most, list, (check) => perform(node, check));
  return summary(fast ? 'npm run check' : 'npm test', [
    ...(await performAll(1, STATIC_CHECKS)),
    // Tests mostly wait, for programs, servers and pages.
    ...(await performAll(CORES, beside)),
    ...(await performAll(1, alone)),
  ]);
});
