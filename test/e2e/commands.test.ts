import type { MusterClient } from '@muster/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { PlainScript } from '../harness/plain.ts';
import { openClient } from '../harness/viewer.ts';

let muster: Muster;
let client: MusterClient;
beforeAll(async () => {
  muster = await startMuster();
  client = openClient(muster);
  await hostIsOnline(client);
});
afterAll(async () => {
  client.close();
  await muster[Symbol.asyncDispose]();
});

describe('commands of an agent', () => {
  it('[G2] [Q11] [R2] seed 004: its example session, message for message, from a plain script', async () => {
    await createAgent(client, muster, { agentId: 'agent-1', program: ['cat'] });
    const script = await PlainScript.open(muster);
    await script.until('agent:list');
    expect(script.heard.map(({ type }) => type).slice(0, 2)).toEqual(['connection:ack', 'agent:list']);
    script.say('command:request', {
      agentId: 'agent-1',
      command: 'echo total 24; sleep 0.3; echo drwxr-xr-x 5 >&2; sleep 0.3; printf é',
    });
    await script.until('command:status', ({ status }) => status === 'completed');
    script.say('heartbeat', { sequence: 1 });
    await script.until('heartbeat');
    const session = script.of('connection:ack', 'command:status', 'terminal:output', 'heartbeat');
    expect(session.slice(1)).toMatchObject([
      { type: 'command:status', payload: { status: 'queued', agentId: 'agent-1' } },
      { type: 'command:status', payload: { status: 'running' } },
      { type: 'terminal:output', payload: { data: 'total 24\n', stream: 'stdout', sequence: 1 } },
      { type: 'terminal:output', payload: { data: 'drwxr-xr-x 5\n', stream: 'stderr', sequence: 2 } },
      { type: 'terminal:output', payload: { data: 'é', stream: 'stdout', sequence: 3 } },
      {
        type: 'command:status',
        payload: { status: 'completed', exitCode: 0, bytes: { stdout: 11, stderr: 13 } },
      },
      { type: 'heartbeat', payload: { sequence: 1 } },
    ]);
    const ids = new Set(
      session.flatMap(({ payload: { commandId } }) => (commandId === undefined ? [] : [commandId])),
    );
    expect(ids.size).toBe(1);
    script.close();
  });
});
