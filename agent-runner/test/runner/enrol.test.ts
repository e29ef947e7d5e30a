import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostIdSchema, wireError } from '@muster/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataDirectory } from '../../src/host/files.ts';
import { enrol } from '../../src/runner/enrol.ts';
import { firstBytes, ONLY_TLS_1_3 } from '../support/tls.ts';

const HOST_ID = HostIdSchema.parse('00000000-0000-4000-8000-00000000000b');
let http: Server;
let server: string;
let asked: Record<string, unknown>[];
const revoked = new Set<string>();
let data: DataDirectory;

beforeEach(async () => {
  asked = [];
  http = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    asked.push({ path: request.url, ...JSON.parse(text) });
    const { token, publicKey } = JSON.parse(text);
    const error = revoked.has(publicKey.x)
      ? wireError('INVALID_STATE', 'This key was revoked; make a new one', { field: 'publicKey' })
      : wireError('AUTH_FAILED', 'This token was used before; make a new one');
    const refused = token === 'spent' || revoked.has(publicKey.x);
    response.writeHead(refused ? 401 : 201, { 'content-type': 'application/json' });
    response.end(JSON.stringify(refused ? { error } : { hostId: HOST_ID }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  server = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  data = new DataDirectory(realpathSync(mkdtempSync(join(tmpdir(), 'muster-enrol-'))));
});
afterEach(() => {
  http.close();
  rmSync(data.path, { recursive: true });
});

/** The public half of the key that the host has. */
const publicKey = () => createPublicKey({ key: data.host().key, format: 'jwk' }).export({ format: 'jwk' });

test('[X4] a one-time token registers a key whose other half only its user can read', async () => {
  await enrol(data, { server, token: 'once', name: 'box', roots: ['/'] });
  expect(asked).toEqual([{ path: '/api/hosts', token: 'once', name: 'box', publicKey: publicKey() }]);
  expect(asked[0]?.['publicKey']).toEqual({ kty: 'OKP', crv: 'Ed25519', x: expect.any(String) });
  const { key: _, ...rest } = data.host();
  expect(rest).toEqual({ server, hostId: HOST_ID, name: 'box', roots: ['/'] });
  expect(statSync(join(data.path, 'host.json')).mode & 0o777).toBe(0o600);
  expect(readdirSync(data.path)).toEqual(['host.json']);
});

test('[X4] a host that is known keeps its id, its name and its key', async () => {
  await enrol(data, { server, token: 'once', name: 'box', roots: ['/'] });
  const before = publicKey();
  await enrol(data, { server, token: 'again', roots: ['/'] });
  const known = { name: 'box', hostId: HOST_ID, publicKey: before };
  // X15: signed by the key that it has.
  const proof = expect.stringMatching(/^eyJ/);
  expect(asked[1]).toEqual({ path: '/api/hosts', token: 'again', proof, ...known });
});

test('[X4] a host whose key was revoked comes back with another, by the same token', async () => {
  await enrol(data, { server, token: 'once', name: 'box', roots: ['/'] });
  const before = publicKey();
  revoked.add(String(before['x']));
  await enrol(data, { server, token: 'again', roots: ['/'] });
  expect(asked.slice(1).map(({ token, hostId }) => [token, hostId])).toEqual([
    ['again', HOST_ID],
    ['again', HOST_ID],
  ]);
  expect(publicKey()).not.toEqual(before);
  expect(asked[2]?.['publicKey']).toEqual(publicKey());
});

test('[X4] what an earlier version left is an identity without a key', async () => {
  const old = { server, hostId: HOST_ID, token: 'bearer', name: 'box', roots: ['/'] };
  writeFileSync(join(data.path, 'host.json'), JSON.stringify(old));
  await enrol(data, { server, token: 'once', name: 'box', roots: ['/'] });
  expect(asked).toMatchObject([{ hostId: HOST_ID, publicKey: { kty: 'OKP' } }]);
  expect(data.host()).not.toHaveProperty('token');
});

test('[X4] a key that was there stays when the server refuses', async () => {
  await enrol(data, { server, token: 'once', name: 'box', roots: ['/'] });
  const before = data.host();
  await expect(enrol(data, { server, token: 'spent', roots: ['/etc'] })).rejects.toThrow('AUTH_FAILED');
  expect(data.host()).toEqual(before);
});

test('[X11] the token goes out over TLS 1.3 or not at all, and in the clear on this machine only', async () => {
  const offer = await firstBytes((port) =>
    enrol(data, { server: `https://127.0.0.1:${port}`, token: 'once', roots: ['/'] }).catch(() => {}),
  );
  expect(offer.includes(ONLY_TLS_1_3)).toBe(true);
  const clear = { server: 'http://muster.example', token: 'once', roots: ['/'] };
  await expect(enrol(data, clear)).rejects.toThrow('loopback');
  expect(asked).toEqual([]);
});

test('[X4] a refusal is reported in the server’s words, and nothing is kept', async () => {
  await expect(enrol(data, { server, token: 'spent', roots: ['/'] })).rejects.toThrow('This token was used');
  expect(data.knownHost()).toBeNull();
});
