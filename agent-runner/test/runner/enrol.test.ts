import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostIdSchema, wireError } from '@muster/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataDirectory } from '../../src/host/files.ts';
import { enrol } from '../../src/runner/enrol.ts';

const HOST_ID = HostIdSchema.parse('00000000-0000-4000-8000-00000000000b');
let http: Server;
let server: string;
let asked: unknown[];
let data: DataDirectory;

beforeEach(async () => {
  asked = [];
  http = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    asked.push({ path: request.url, ...JSON.parse(text) });
    const refused = text.includes('"spent"');
    response.writeHead(refused ? 401 : 201, { 'content-type': 'application/json' });
    const error = wireError('AUTH_FAILED', 'token: was used before');
    response.end(JSON.stringify(refused ? { error } : { hostId: HOST_ID, token: 'host token' }));
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

test('[X4] a one-time token buys the host its own, which only its user can read', async () => {
  await enrol(data, { server, token: 'once', name: 'box', roots: ['/'] });
  expect(asked).toEqual([{ path: '/api/hosts', token: 'once', name: 'box' }]);
  expect(data.host()).toEqual({ server, hostId: HOST_ID, token: 'host token', name: 'box', roots: ['/'] });
  expect(statSync(join(data.path, 'host.json')).mode & 0o777).toBe(0o600);
});

test('[X4] a host that is known keeps its id and its name', async () => {
  await enrol(data, { server, token: 'once', name: 'box', roots: ['/'] });
  await enrol(data, { server, token: 'again', roots: ['/'] });
  expect(asked[1]).toEqual({ path: '/api/hosts', token: 'again', name: 'box', hostId: HOST_ID });
});

test('[X4] a refusal is told in the server’s words, and nothing is kept', async () => {
  await expect(enrol(data, { server, token: 'spent', roots: ['/'] })).rejects.toThrow(
    'AUTH_FAILED: token: was used',
  );
  expect(data.knownHost()).toBeNull();
});
