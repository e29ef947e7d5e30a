import { type Commands, commandsOf, type MusterClient } from '@muster/client';
import type { EndedCommand } from '@muster/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentIs, createAgent } from '../harness/agents.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { PlainScript } from '../harness/plain.ts';
import { survivorsOf } from '../harness/survivors.ts';
import { until } from '../harness/until.ts';
import { openClient } from '../harness/viewer.ts';

let muster: Muster;
let client: MusterClient;
let commands: Commands;
const PATIENCE_MS = 30_000;
/** A result is shown so soon after its host is back, ms. */
const SHOWN_MS = 1_000;
beforeAll(async () => {
  muster = await startMuster();
  client = openClient(muster);
  commands = commandsOf(client);
  await hostIsOnline(client);
});
afterAll(async () => {
  client.close();
  await muster[Symbol.asyncDispose]();
});

/** An agent's commands, as a page shows them. */
function watch(agentId: string) {
  const feed = client.open(agentId, { history: 'full' });
  const printed = new Map<string, string>();
  feed.on('commandOutput', ({ commandId, frames }) => {
    for (const { data } of frames)
      printed.set(commandId, (printed.get(commandId) ?? '') + Buffer.from(data).toString());
  });
  const shown = () => feed.state?.commands ?? { queue: [], running: [], ended: [] };
  return {
    feed,
    shown,
    output: (commandId: string) => printed.get(commandId) ?? '',
    queue: () => shown().queue.map(({ command, position }) => `${position} ${command}`),
    ended: (commandId: string): Promise<EndedCommand> =>
      until(`the end of ${commandId}`, PATIENCE_MS, () =>
        shown().ended.find((one) => one.commandId === commandId),
      ),
    runs: (commandId: string) =>
      until(`${commandId} runs`, PATIENCE_MS, () =>
        shown().running.find((one) => one.commandId === commandId && one.startedAt !== undefined),
      ),
  };
}

describe('commands of an agent', () => {
  it('[G2] [Q11] [R2] seed 004: its example session, message for message, from a plain script', async () => {
    await createAgent(client, muster, { agentId: 'agent-1', program: ['cat'] });
    const script = await PlainScript.open(muster);
    await script.until('agent:list');
    expect(script.received.map(({ type }) => type).slice(0, 2)).toEqual(['connection:ack', 'agent:list']);
    script.send('command:request', {
      agentId: 'agent-1',
      command: 'echo total 24; sleep 0.3; echo drwxr-xr-x 5 >&2; sleep 0.3; printf é',
    });
    await script.until('command:status', ({ status }) => status === 'completed');
    script.send('heartbeat', { sequence: 1 });
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

  it('[Q3] [L] bad input from a plain script is refused by the table’s names, and nothing runs', async () => {
    await createAgent(client, muster, { agentId: 'strict', program: ['cat'] });
    const script = await PlainScript.open(muster);
    await script.until('agent:list');
    const bad: [string, object, string][] = [
      ['command:request', { agentId: 'nobody', command: 'ls' }, 'AGENT_NOT_FOUND agentId'],
      ['command:request', { agentId: 'strict', command: '' }, 'INVALID_MESSAGE command'],
      ['command:request', { agentId: 'strict', command: 'x'.repeat(9 * 1024) }, 'INVALID_MESSAGE command'],
      ['command:request', { agentId: 'strict', command: 'ls\u0000' }, 'INVALID_MESSAGE command'],
      [
        'command:request',
        { agentId: 'strict', command: 'ls', priority: 'urgent' },
        'INVALID_MESSAGE priority',
      ],
      ['command:request', { agentId: 'strict', command: 'ls', timeout: -1 }, 'INVALID_MESSAGE timeout'],
      ['command:interrupt', { commandId: 'cmd-456' }, 'COMMAND_NOT_FOUND commandId'],
      ['command:interrupt', { commandId: 'strict.0' }, 'COMMAND_NOT_FOUND commandId'],
    ];
    for (const [type, payload] of bad) script.send(type, payload);
    await until('all are refused', PATIENCE_MS, () => script.of('error').length >= bad.length);
    const refusals = script
      .of('error')
      .map(({ payload }) => `${payload['code']} ${JSON.stringify(payload['details'])}`);
    for (const [, , refusal] of bad) {
      const [code, field] = refusal.split(' ');
      expect(refusals).toContain(`${code} ${JSON.stringify({ field })}`);
    }
    expect(script.of('command:status')).toEqual([]);
    script.close();
  });

  it('[Q1] [Q7] two pages see one queue: what is moved, edited, cancelled, interrupted', async () => {
    await createAgent(client, muster, { agentId: 'queue', program: ['cat'] });
    const page = watch('queue');
    const other = openClient(muster);
    const theirs = commandsOf(other);
    const runs = await commands.request('queue', 'sleep 600');
    const one = await commands.request('queue', 'echo one');
    const two = await theirs.request('queue', 'echo two');
    const three = await theirs.request('queue', 'echo three', { priority: 'high' });
    expect(await theirs.move(two, 2)).toBe(2);
    await commands.edit(one, 'echo uno');
    await theirs.cancel(three);
    await until('the page has it', PATIENCE_MS, () => page.queue().join() === '1 echo two,2 echo uno');
    await theirs.interrupt(runs, { reason: 'enough' });
    expect(await page.ended(runs)).toMatchObject({ status: 'interrupted' });
    expect(await page.ended(one)).toMatchObject({ status: 'completed', exitCode: 0, command: 'echo uno' });
    expect([page.output(two), page.output(one)]).toEqual(['two\n', 'uno\n']);
    const again = await commands.retry(two);
    expect(await page.ended(again)).toMatchObject({ retryOf: two, attempt: 2 });
    page.feed.close();
    other.close();
  });

  it('[Q12] retries what fails, then it is failed; [P1] what is interactive reads', async () => {
    await createAgent(client, muster, { agentId: 'tries', program: ['cat'] });
    const page = watch('tries');
    const first = await commands.request('tries', 'echo try; exit 7', { retries: 1 });
    const { retriedBy } = await page.ended(first);
    expect(await page.ended(retriedBy ?? '')).toMatchObject({
      status: 'failed',
      exitCode: 7,
      attempt: 2,
      retryOf: first,
    });
    const asks = await commands.request('tries', 'read answer; echo "it is $answer"', { interactive: true });
    await page.runs(asks);
    await client.request('agent:input', { agentId: 'tries', commandId: asks, data: 'yes\n' });
    expect(await page.ended(asks)).toMatchObject({ status: 'completed' });
    expect(page.output(asks)).toContain('it is yes');
    page.feed.close();
  });

  it('[Q10] one that runs while the server is killed, and ends before it is back, shows its result at once', async () => {
    await createAgent(client, muster, { agentId: 'killed', program: ['cat'] });
    const page = watch('killed');
    const ends = await commands.request('killed', 'sleep 1; echo ended; exit 5');
    const waits = await commands.request('killed', 'echo next');
    await page.runs(ends);
    await muster.sigkill();
    const gone = () => !survivorsOf(muster.tag).some(({ command }) => command.includes('sleep 1'));
    await until('it has ended', PATIENCE_MS, gone);
    await muster.start();
    await agentIs(client, 'killed', ({ connection }) => connection === 'online');
    // Its page dials again by a clock of its own (M9).
    await until('the page is back', PATIENCE_MS, () => page.feed.connection.name === 'connected');
    const back = performance.now();
    expect(await page.ended(ends)).toMatchObject({ status: 'failed', exitCode: 5 });
    expect(performance.now() - back).toBeLessThan(SHOWN_MS);
    expect(await page.ended(waits)).toMatchObject({ status: 'completed' });
    // A page that joins after its host knows of the end at once: what was printed is replayed to it after that.
    await until('what it printed', PATIENCE_MS, () => page.output(ends) !== '');
    expect(page.output(ends)).toBe('ended\n');
    page.feed.close();
  });
});
