import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBPROTOCOL } from '@muster/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createAgent } from '../harness/agents.ts';
import { hostData, hostIsOnline } from '../harness/hosts.ts';
import { type Person, tokenOf } from '../harness/members.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { openClient } from '../harness/viewer.ts';

const ADA: Person = { name: 'Ada', role: 'operator' };

let muster: Muster;
beforeAll(async () => {
  muster = await startMuster({ flags: ['--verbose'] });
  const client = openClient(muster);
  await hostIsOnline(client);
  await createAgent(client, muster, { agentId: 'quiet', program: ['sleep', '600'] });
  client.close();
});
afterAll(() => muster[Symbol.asyncDispose]());

/** All that a socket hears until it is closed, or was welcomed. */
function heard(path: string, options: { protocol?: string; say?: string } = {}): Promise<string> {
  const address = muster.url.replace('http', 'ws') + path;
  const socket =
    options.protocol === undefined ? new WebSocket(address) : new WebSocket(address, options.protocol);
  const texts: string[] = [];
  return new Promise((resolve) => {
    const end = () => {
      socket.terminate();
      resolve(texts.join('\n'));
    };
    socket.on('open', () => options.say !== undefined && socket.send(options.say));
    socket.on('message', (data) => {
      texts.push(String(data));
      if (String(data).includes('connection:ack')) end();
    });
    socket.on('close', (code, reason) => {
      texts.push(`${code} ${String(reason)}`);
      end();
    });
    socket.on('error', (error) => texts.push(error.message));
  });
}

async function answered(path: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(muster.url + path, { redirect: 'manual', ...init });
  return [...answer.headers, await answer.text()].join('\n');
}

/** A token's parts: the signature is what makes it good. */
const partsOf = (token: string) => token.split('.').slice(1);

/** Every log and state file of the data directory. */
function logs(): string {
  const files = readdirSync(muster.data, { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(muster.data, name), 'utf8'));
  return [...texts, muster.child.stderr].join('\n');
}

describe('[X13] a token', () => {
  it('is in no answer, no error and no log, however it came, good or bad', async () => {
    const good = await tokenOf(muster, ADA);
    const bad = `${good.slice(0, -6)}AAAAAA`;
    const said: string[] = [];
    for (const token of [good, bad]) {
      const query = `?token=${token}`;
      const body = JSON.stringify({ type: 'auth', payload: { token } });
      const headers = { authorization: `Bearer ${token}` };
      for (const path of [
        '/ws/dashboard',
        '/ws',
        '/ws/agents/quiet',
        '/ws/runner',
        '/ws/keepers/quiet',
        '/ws/nothing',
      ]) {
        said.push(await heard(path + query), await heard(path + query, { protocol: SUBPROTOCOL }));
      }
      said.push(
        await heard('/ws/dashboard', { protocol: SUBPROTOCOL, say: body }),
        await heard('/ws/dashboard', { say: body }),
      );
      for (const path of [
        '/api/agents',
        '/api/nothing',
        '/api/agents/quiet/recording',
        '/api/history/commands',
        '/',
        '/agents/quiet',
      ])
        said.push(await answered(path + query), await answered(path, { headers }));
      said.push(
        await answered('/api/messages', { method: 'POST', headers, body }),
        await answered('/api/agents', { method: 'POST', headers, body: JSON.stringify({ name: token }) }),
        await answered('/api/auth/exchange', { method: 'POST', body: JSON.stringify({ code: token }) }),
        await answered('/api/audit', { headers: { authorization: `Bearer ${muster.token}` } }),
      );
    }
    const secrets = [...[good, bad, muster.token].flatMap(partsOf), hostData(muster).host().key.d];
    for (const secret of secrets) {
      expect(said.join('\n')).not.toContain(secret);
      expect(logs()).not.toContain(secret);
    }
    expect(said.join('\n')).toContain('connection:ack');
  });
});
