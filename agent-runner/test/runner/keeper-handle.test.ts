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

/** A runner's handle of a keeper that finds or loses its room while it is asked how it stands. */
async function attached(before: boolean, during: boolean) {
  const control = controlPath(path, agentUid);
  mkdirSync(dirname(control), { recursive: true });
  let asked = 0;
  server = new ControlServer(
    control,
    async () => {
      const status = statusOf(asked++ === 0 ? before : during);
      if (asked === 1) server.tell(during);
      return { status };
    },
    () => {},
  );
  await server.listen();
  const told: boolean[] = [];
  const handle = new KeeperHandle(agentUid, {
    data: new DataDirectory(path),
    spawn: () => {},
    log: new Log('silent', {}, () => {}),
    healthy: (_, healthy) => told.push(healthy),
    forgotten: () => {},
  });
  await handle.up({ start: false });
  return { handle, told };
}

test('[R3] a keeper that finds its room while its runner attaches to it is well, and lost again when it loses it', async () => {
  const { handle, told } = await attached(false, true);
  expect(handle.link).toBe(true);
  expect(told).toEqual([true]);
  server.tell(false);
  await vi.waitFor(() => expect(told).toEqual([true, false]));
  expect(handle.link).toBe(false);
  handle.disconnect();
});

test('[R3] a keeper that loses its room meanwhile is not well', async () => {
  const { handle } = await attached(true, false);
  expect(handle.healthy).toBe(false);
  handle.disconnect();
});
