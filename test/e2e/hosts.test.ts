import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { status } from '../../agent-runner/src/runner/admin.ts';
import { isAlive } from '../../agent-runner/test/support/processes.ts';
import { findNode } from '../../scripts/lib/node.mjs';
import { agentIs } from '../harness/agents.ts';
import { Child } from '../harness/child.ts';
import { CLI, enrolHost } from '../harness/host-cli.ts';
import { hostData } from '../harness/hosts.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { TAG } from '../harness/survivors.ts';
import { until } from '../harness/until.ts';
import { openClient } from '../harness/viewer.ts';

/** X4. */
const GONE_MS = 5_000;
const SOON_MS = 20_000;

function revoke(muster: Muster, hostId: string): Promise<Response> {
  const headers = { authorization: `Bearer ${muster.token}` };
  return fetch(`${muster.url}/api/hosts/${hostId}/revoke`, { method: 'POST', headers });
}

describe('the host of local mode', () => {
  it('[X4] is enrolled by itself, and keeps its identity and its key over a stop, also on another port', async () => {
    await using muster = await startMuster();
    const file = join(hostData(muster).path, 'host.json');
    const { key, hostId } = hostData(muster).host();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await muster.stop();
    await muster.start(['--port', '0']);
    // It is ready when its host is online.
    expect(muster.ready.host).toBe(hostId);
    expect(hostData(muster).host()).toMatchObject({ key, hostId, server: muster.url });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('a second host', () => {
  it('[X4] revoked, its sockets are gone within 5 s; its program goes on, and is there when it is enrolled again', async () => {
    await using muster = await startMuster({ runner: false });
    const client = openClient(muster);
    const data = await enrolHost(muster, 'second');
    const env = { ...process.env, [TAG]: muster.tag };
    const runner = new Child(findNode(), [CLI, 'run', '--data', data.path], { cwd: PROJECT, env });
    const { hostId } = data.host();
    const host = () => client.hosts.find((one) => one.hostId === hostId);
    await until('the host is online', SOON_MS, () => host()?.connection === 'online');
    await client.request('agent:create', {
      name: 'cat',
      agentId: 'cat',
      hostId,
      kind: 'process',
      program: { command: 'cat', args: [] },
      workspace: muster.directory,
      environment: { [TAG]: muster.tag },
      terminal: false,
    });
    await agentIs(client, 'cat', ({ connection, pid }) => connection === 'online' && pid !== undefined);
    const pid = client.agents.find(({ agentId }) => agentId === 'cat')?.pid ?? 0;
    const keeper = async () => (await status(data))[0]?.keeper;

    const asked = performance.now();
    expect((await revoke(muster, hostId)).status).toBe(200);
    await until('the runner is out', GONE_MS, () => host()?.connection === 'offline');
    await expect.poll(async () => (await keeper())?.linked, { timeout: GONE_MS }).toBe(false);
    const gone = performance.now() - asked;
    expect(gone).toBeLessThan(GONE_MS);
    process.stdout.write(
      `both sockets were gone ${Math.round(gone)} ms after the revocation was asked for\n`,
    );
    await until('the runner says why', SOON_MS, () => runner.stderr.includes('this host was revoked'));
    expect(isAlive(pid)).toBe(true);

    await enrolHost(muster, 'second', hostId);
    await agentIs(client, 'cat', (agent) => agent.connection === 'online');
    expect(data.host().hostId).toBe(hostId);
    expect(host()).not.toHaveProperty('revokedAt');
    await agentIs(client, 'cat', (agent) => agent.pid === pid);
    client.close();
  });
});
