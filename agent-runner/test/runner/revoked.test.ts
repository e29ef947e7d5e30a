import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newKey } from '../../src/host/key.ts';
import { TestHost } from '../support/host.ts';
import { isAlive } from '../support/processes.ts';

const REVOKED = 4403;
let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

/** The claims of a dial's assertion, where the host's own key signed it. */
function proven(token: string) {
  const [header = '', body = '', signature = ''] = token.split('.');
  const key = createPublicKey({ key: host.data.host().key, format: 'jwk' });
  const good = verify(null, Buffer.from(`${header}.${body}`), key, Buffer.from(signature, 'base64url'));
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return good ? { header: read(header), body: read(body) } : null;
}

test('[X4] each dial, of the runner and of its keepers, brings an assertion of its own for that address', async () => {
  await host.run();
  const placement = host.shell('process', 'cat');
  const uid = placement.spec.agentUid;
  await host.server.place(placement);
  host.server.room(uid).socket?.terminate();
  await host.server.until(() => host.server.room(uid).hellos === 2, 'the keeper again');
  const proofs = host.server.dials.map(({ path, token }) => ({ path, proof: proven(token) }));
  expect(proofs.map(({ path }) => path)).toEqual(['/ws/runner', `/ws/keepers/${uid}`, `/ws/keepers/${uid}`]);
  for (const { path, proof } of proofs) {
    expect(proof?.header).toEqual({ alg: 'EdDSA', typ: 'host+jwt' });
    expect(proof?.body).toMatchObject({ sub: host.data.host().hostId, aud: host.server.url + path });
    expect(proof?.body.exp - proof?.body.iat).toBe(60);
    expect(Math.abs(proof?.body.iat - Date.now() / 1000)).toBeLessThan(60);
  }
  expect(new Set(proofs.map(({ proof }) => proof?.body.jti)).size).toBe(3);
});

test('[X4] a revoked host dials no more and its programs go on; enrolled again it comes back by itself', async () => {
  await host.run();
  const placement = host.shell('process', 'trap "" HUP; echo up; cat');
  const uid = placement.spec.agentUid;
  const { pid = 0 } = await host.server.place(placement);
  const keeper = await host.keeperPid(uid);
  host.server.agents = [placement];
  host.server.refusing = REVOKED;
  host.server.runner?.close(REVOKED);
  host.server.room(uid).socket?.close(REVOKED);
  await host.server.until(
    () => host.server.runner === null && host.server.room(uid).socket === null,
    'both gone',
  );
  const before = host.server.dials.length;
  await expect.poll(() => host.logged, { timeout: 10_000 }).toContain('this host was revoked');
  const log = host.data.agent(uid).log;
  await expect.poll(() => readFileSync(log, 'utf8'), { timeout: 10_000 }).toContain('4403');
  expect([isAlive(pid), await host.keeperPid(uid)]).toEqual([true, keeper]);
  host.server.refusing = null;
  const old = host.data.host();
  host.data.saveHost({ ...old, key: newKey() });
  await host.server.until(() => host.server.room(uid).hellos === 2, 'the keeper again');
  // The new key is found after a second, a retry would have been there before, with the old one.
  for (const { token } of host.server.dials.slice(before)) expect(proven(token)).not.toBeNull();
  expect(await host.keeperPid(uid)).toBe(keeper);
  expect(isAlive(pid)).toBe(true);
});
