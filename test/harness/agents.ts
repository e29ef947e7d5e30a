import type { MusterClient } from '@muster/client';
import type { AgentSummary } from '@muster/protocol';
import type { Locator, Page } from 'playwright-core';
import type { Muster } from './muster.ts';
import { TAG } from './survivors.ts';

export interface NewAgent {
  readonly agentId: string;
  readonly program: readonly [string, ...string[]];
  /** Absent: pipes. */
  readonly terminal?: { readonly cols: number; readonly rows: number };
  readonly environment?: Readonly<Record<string, string>>;
}

/** Creates an agent in the test's own directory; resolves when its program runs. */
export async function createAgent(client: MusterClient, muster: Muster, agent: NewAgent): Promise<void> {
  const { agentId, terminal, environment = {} } = agent;
  const [command, ...args] = agent.program;
  await client.request('agent:create', {
    name: agentId,
    agentId,
    kind: terminal === undefined ? 'process' : 'terminal',
    program: { command, args },
    workspace: muster.directory,
    // A keeper gives its program an environment of its own; the tag lets the test count what it leaves.
    environment: { ...environment, [TAG]: muster.tag },
    terminal: terminal ?? false,
  });
}

/** Resolves when the list shows what is asked for. */
export function agentIs(
  client: MusterClient,
  agentId: string,
  test: (agent: AgentSummary) => boolean,
): Promise<void> {
  const found = (agents: readonly AgentSummary[]) =>
    agents.some((agent) => agent.agentId === agentId && test(agent));
  if (found(client.agents)) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = client.on('agents', (agents) => {
      if (!found(agents)) return;
      stop();
      resolve();
    });
  });
}

/** Opens an agent's page; resolves to its terminal once that shows how things stand now. */
export async function openTerminal(page: Page, muster: Muster, agentId: string): Promise<Locator> {
  await page.goto(`${muster.url}/agents/${agentId}`);
  const terminal = page.locator(
    `[data-testid=terminal][data-agent="${agentId}"][data-ready]:not([data-replaying])`,
  );
  await terminal.waitFor();
  return terminal;
}
