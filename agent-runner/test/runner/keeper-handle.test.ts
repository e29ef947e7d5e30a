import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AgentUidSchema } from '@muster/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { controlPath } from '../../src/control/paths.ts';
import { ControlServer } from '../../src/control/server.ts';
import { DataDirectory } from '../../src/host/files.ts';
import { Log } from '../../src/host/log.ts';
import { KeeperHandle } from '../../src/runner/keeper-handle.ts';

const agentUid = AgentUidSchema.parse(randomUUID());
const statusOf = (linked: boolean) => ({
  pid: process.pid,
  generation: 1,
  state: { status: 'stopped' as const },
  linked,
});

let path: string;
let server: ControlServer;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'muster-handle-'));
});
afterEach(() => {
  server.close();
  rmSync(path, { recursive: true });
});

/** Attaches to a keeper whose link changes while it answers the first status request. */
async function attached(before: boolean, during: boolean) {
  const control = controlPath(path, agentUid);
  mkdirSync(dirname(control), { recursive: true });
  let asked = 0;
  server = new ControlServer(
    control,
    async () => {
      const status = statusOf(asked++ === 0 ? before : during);
      if (asked === 1) server.broadcast(during);
      return { status };
    },
    () => {},
  );
  await server.listen();
  const reported: boolean[] = [];
  const handle = new KeeperHandle(agentUid, {
    data: new DataDirectory(path),
    spawn: () => {},
    log: new Log('silent', {}, () => {}),
    healthy: (_, healthy) => reported.push(healthy),
    onRemoved: () => {},
  });
  await handle.up({ start: false });
  return { handle, reported };
}

test('[R3] a keeper that links while its runner attaches is healthy, and unhealthy once the link is lost', async () => {
  const { handle, reported } = await attached(false, true);
  expect(handle.link).toBe(true);
  expect(reported).toEqual([true]);
  server.broadcast(false);
  await vi.waitFor(() => expect(reported).toEqual([true, false]));
  expect(handle.link).toBe(false);
  handle.disconnect();
});

test('[R3] a keeper that loses its link meanwhile is unhealthy', async () => {
  const { handle } = await attached(true, false);
  expect(handle.healthy).toBe(false);
  handle.disconnect();
});
