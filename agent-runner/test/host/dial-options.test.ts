import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostIdSchema } from '@muster/protocol';
import { expect, test, vi } from 'vitest';
import { dialOptions } from '../../src/host/dial-options.ts';
import { DataDirectory, type HostFile } from '../../src/host/files.ts';
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
  const { address, token } = dialOptions(
    { host: () => host, ticket: () => null, saveTicket: () => {} },
    PATH,
  );
  expect(address).toBe('wss://old.example/ws/keepers/one');
  host = at(server);
  const [header = '', body = '', signature = ''] = token().split('.');
  const key = createPublicKey({ key: host.key, format: 'jwk' });
  const signed = Buffer.from(`${header}.${body}`);
  expect(verify(null, signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
  expect(claims).toMatchObject({ sub: host.hostId, aud: 'https://old.example/ws/keepers/one' });
});

test('[X14] keeps the newest ticket of its server for all processes of the host, for its owner alone', () => {
  const path = mkdtempSync(join(tmpdir(), 'muster-ticket-'));
  try {
    const data = new DataDirectory(path);
    data.saveHost({ ...at('https://old.example'), roots: ['/'] });
    const runner = dialOptions(data, '/ws/runner').ticket;
    const keeper = dialOptions(data, PATH).ticket;
    expect(runner.read()).toBeNull();
    runner.save('one');
    keeper.save('two');
    expect([runner.read(), keeper.read()]).toEqual(['two', 'two']);
    const file = join(path, 'ticket.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    data.saveHost({ ...at('https://new.example'), roots: ['/'] });
    expect(dialOptions(data, PATH).ticket.read()).toBeNull();
    writeFileSync(file, '{"half');
    expect(keeper.read()).toBeNull();
  } finally {
    rmSync(path, { recursive: true });
  }
});

test('[X4] a new enrolment is noticed, also one that came while the old key was being refused', async () => {
  const path = mkdtempSync(join(tmpdir(), 'muster-enrolled-'));
  try {
    const data = new DataDirectory(path);
    data.saveHost({ ...at('https://old.example'), roots: ['/'] });
    const { token, signedWith } = dialOptions(data, PATH);
    token();
    const calls: string[] = [];
    data.saveHost({ ...at('https://old.example'), roots: ['/'] });
    data.onEnrolled(signedWith(), () => calls.push('before'));
    token();
    data.onEnrolled(signedWith(), () => calls.push('after'));
    await expect.poll(() => calls, { timeout: 10_000 }).toEqual(['before']);
    data.saveHost({ ...at('https://old.example'), roots: ['/'] });
    await expect.poll(() => calls, { timeout: 10_000 }).toEqual(['before', 'after']);
  } finally {
    rmSync(path, { recursive: true });
  }
});

test('[X4] a host.json that is being written by hand is looked at again', () => {
  const path = mkdtempSync(join(tmpdir(), 'muster-enrolled-'));
  vi.useFakeTimers();
  try {
    const data = new DataDirectory(path);
    const then = vi.fn();
    data.onEnrolled(null, then);
    writeFileSync(join(path, 'host.json'), '{"half');
    vi.advanceTimersByTime(5_000);
    data.saveHost({ ...at('https://old.example'), roots: ['/'] });
    expect(then).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(then).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
    rmSync(path, { recursive: true });
  }
});
