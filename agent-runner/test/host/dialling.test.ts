import { createPublicKey, verify } from 'node:crypto';
import { HostIdSchema } from '@muster/protocol';
import { expect, test } from 'vitest';
import { dialling } from '../../src/host/dialling.ts';
import type { HostFile } from '../../src/host/files.ts';
import { newKey } from '../../src/host/key.ts';

const PATH = '/ws/keepers/one';
const at = (server: string): HostFile => ({
  server,
  hostId: HostIdSchema.parse('00000000-0000-4000-8000-00000000000c'),
  key: newKey(),
  name: 'box',
  roots: [],
});

test.each([
  ['with a new key', 'https://old.example'],
  ['at another address, with a new key', 'https://new.example'],
])('[X4] a host that was enrolled again %s signs with that key, for the address it dials', (_how, server) => {
  let host = at('https://old.example');
  const { address, token } = dialling({ host: () => host }, PATH);
  expect(address).toBe('wss://old.example/ws/keepers/one');
  host = at(server);
  const [header = '', body = '', signature = ''] = token().split('.');
  const key = createPublicKey({ key: host.key, format: 'jwk' });
  const signed = Buffer.from(`${header}.${body}`);
  expect(verify(null, signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
  expect(claims).toMatchObject({ sub: host.hostId, aud: 'https://old.example/ws/keepers/one' });
});
