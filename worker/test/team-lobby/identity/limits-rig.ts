import { env } from 'cloudflare:workers';
import type { AgentLimit, AgentSummary, AgentUid, TeamId } from '@muster/protocol';
import { expect } from 'vitest';
import { roomOf } from '../../../src/env.ts';
import { Browser } from '../../browser.ts';
import { dial, hello, newTeam, place, type Runner, type Viewer } from '../../front.ts';

export const json = async <T>(response: Response | Promise<Response>) => (await (await response).json()) as T;
export const codeOf = async (response: Response) =>
  (await json<{ error?: { code: string } }>(response)).error?.code ?? response.status;

export async function create(ada: Browser, host: Runner, name: string, labels: Record<string, string>) {
  const asked = ada.ask('POST', '/api/agents', { body: { name, labels } });
  const { spec } = await place(host);
  expect((await asked).status).toBe(201);
  return spec.agentUid;
}

/** Agents `one` (team: web) and `two` (team: api), and an admin who is limited. */
export async function team(agents: AgentLimit = { labels: { team: 'web' } }) {
  const name = newTeam();
  const ada = await new Browser(name).signIn();
  const { host } = await hello(name);
  const one = await create(ada, host, 'One', { team: 'web' });
  const two = await create(ada, host, 'Two', { team: 'api' });
  const bo = await new Browser(name).signIn('bo', 'admin');
  expect((await ada.ask('PATCH', '/api/members/bo', { body: { agents } })).status).toBe(200);
  return { name, ada, bo, host, one, two };
}

export const room = (name: TeamId, uid: AgentUid) => roomOf(env, name, uid) as unknown as DurableObjectStub;
export const atRoom = (name: TeamId, agentId: string, token: string) =>
  dial(`/ws/agents/${agentId}`, { team: name, token });
export const namesOf = ({ agents }: { readonly agents: readonly AgentSummary[] }) =>
  agents.map(({ agentId }) => agentId).sort();

export async function atLobby(name: TeamId, token: string): Promise<Viewer> {
  const viewer = await dial('/ws/dashboard', { team: name, token });
  await viewer.next('host:list');
  return viewer;
}

/** Bodies that pass the schemas, where there has to be one. */
export const BODIES: Readonly<Record<string, object>> = {
  'POST /api/agents/:agentId/input': { data: 'x' },
  'POST /api/agents/:agentId/resize': { cols: 80, rows: 24 },
  'POST /api/agents/:agentId/signal': { signal: 'SIGINT' },
  'POST /api/agents/:agentId/commands': { command: 'ls' },
  'PUT /api/agents/:agentId/policy': { rules: [] },
};

/** What passes every schema. */
export const EVERY_FIELD = {
  ...{ command: 'ls', position: 1, data: 'x', cols: 80, rows: 24, signal: 'SIGINT' },
  ...{ clientId: 'c', subscriptionId: 's', timestamp: 1 },
  ...{ title: 'T', content: 'Hello', messageId: 'm', typing: true },
  ...{ configId: 'mode', value: 'plan', methodId: 'key', optionId: 'once', digest: 'a'.repeat(64) },
};
