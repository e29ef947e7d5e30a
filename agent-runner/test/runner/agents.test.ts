import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AgentSpecSchema, type Placement, type RunnerMessage } from '@muster/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { controlPath } from '../../src/control/paths.ts';
import { ControlServer } from '../../src/control/server.ts';
import { DataDirectory } from '../../src/host/files.ts';
import { Log } from '../../src/host/log.ts';
import { Agents } from '../../src/runner/agents.ts';
import { HOST, specOf } from './core/specs.ts';

const spec = AgentSpecSchema.parse(specOf(randomUUID()));
const { agentUid } = spec;
const placement: Placement = { spec, generation: 1 };
const statusOf = (linked: boolean) => ({
  pid: process.pid,
  generation: 1,
  state: { status: 'stopped' as const },
  linked,
});

let path: string;
let server: ControlServer;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'muster-agents-'));
});
afterEach(() => {
  server.close();
  rmSync(path, { recursive: true });
});

/** Attaches to a keeper whose link changes while it answers the first status request. */
async function attached(before: boolean, during: boolean) {
  const data = new DataDirectory(path);
  data.agent(agentUid).savePlacement(placement);
  const control = controlPath(path, agentUid);
  mkdirSync(dirname(control), { recursive: true });
  const requests: string[] = [];
  server = new ControlServer(
    control,
    async (request) => {
      requests.push(request.do);
      const isFirst = requests.length === 1;
      if (isFirst) server.broadcast(during);
      return { status: statusOf(isFirst ? before : during) };
    },
    () => {},
  );
  await server.listen();
  const sent: RunnerMessage[] = [];
  const agents = new Agents({
    data,
    spawn: () => {
      throw new Error('a keeper runs already');
    },
    log: new Log('silent', {}, () => {}),
    send: (message) => sent.push(message),
    onActivity: () => {},
  });
  agents.recover();
  agents.handle({ type: 'link-opened', host: HOST });
  agents.handle({
    type: 'lobby-message',
    message: { type: 'lobby:welcome', payload: { agents: [placement] } },
  });
  await vi.waitFor(() => expect(requests.slice(0, 2)).toEqual(['status', 'status']));
  const reported = () =>
    sent.flatMap(({ type, payload }) => (type === 'keeper:link' ? [payload.healthy] : []));
  const healthyInHello = () => {
    agents.handle({ type: 'link-opened', host: HOST });
    const hello = sent.at(-1);
    return hello?.type === 'runner:hello' ? hello.payload.agents.map(({ healthy }) => healthy) : null;
  };
  return { agents, reported, requests, healthyInHello };
}

test('[R3] a keeper that links while its runner attaches is healthy, and unhealthy once the link is lost', async () => {
  const { agents, reported, requests, healthyInHello } = await attached(false, true);
  expect(reported()).toEqual([false, true]);
  server.broadcast(false);
  await vi.waitFor(() => expect(reported()).toEqual([false, true, false]));
  expect(healthyInHello()).toEqual([false]);
  expect(requests).toEqual(['status', 'status']);
  await agents.stop({ endAgents: false });
});

test('[R3] a keeper that loses its link meanwhile is unhealthy, and dials at once as the server is back', async () => {
  const { agents, reported, requests, healthyInHello } = await attached(true, false);
  await vi.waitFor(() => expect(requests).toEqual(['status', 'status', 'place']));
  expect(reported()).toEqual([false]);
  expect(healthyInHello()).toEqual([false]);
  await agents.stop({ endAgents: false });
});
