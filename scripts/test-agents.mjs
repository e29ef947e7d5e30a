import { agentsCheck } from './lib/checks.mjs';
import { command } from './lib/command.mjs';
import { dim, print } from './lib/console.mjs';
import { installAgents } from './lib/real-agents.mjs';
import { ensureTools } from './lib/tools.mjs';
import { TEST_AGENTS } from './lib/usages.mjs';

await command(TEST_AGENTS, { build: true }, async (node) => {
  const browser = ensureTools();
  print(dim('real agents: npm ci in test/agents …'));
  await installAgents('all');
  const { passed, failed, faults, output } = await agentsCheck(browser.path).run(node);
  if (failed > 0) print([output, ...faults].join('\n'));
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
});
