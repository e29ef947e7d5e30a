import { ClientIdSchema, type StreamEvent } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestHost } from '../support/host.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
  await host.run();
});
afterEach(() => host.end());

const clientId = ClientIdSchema.parse('client');

/** Places an agent that runs this line; resolves to its uid when it runs. */
async function running(kind: 'process' | 'terminal', line: string): Promise<string> {
  const placement = host.shell(kind, line);
  expect((await host.server.place(placement)).error).toBeUndefined();
  await host.server.status(placement.spec.agentUid, 'running');
  return placement.spec.agentUid;
}

type Told = Extract<StreamEvent, { type: 'program:attention' }>['attention'];
const told = (uid: string): Told[] =>
  host.server
    .room(uid)
    .events.flatMap((event) => (event.type === 'program:attention' ? [event.attention] : []));
const toldAtLeast = (uid: string, count: number) =>
  host.server.until(() => told(uid).length >= count && told(uid), `${count} times attention`);
const printed = (uid: string, text: string) =>
  host.server.until(() => host.server.room(uid).text.includes(text), `the output ${text}`);

let inputs = 0;
function type(uid: string, data: string, answer = false): void {
  inputs += 1;
  const payload = {
    data,
    encoding: 'utf8',
    clientId,
    inputSequence: inputs,
    ...(answer ? { answer } : {}),
  } as const;
  host.server.send(uid, { type: 'program:input', payload });
}

describe('[C13] a program', () => {
  test('rings, is answered by a key and not by a terminal, and rings again', async () => {
    const line =
      "stty raw -echo; printf '\\033]2;make\\007\\007ready'; head -c1; printf '\\007again'; sleep 60";
    const before = Date.now();
    const uid = await running('terminal', line);
    await printed(uid, 'ready');
    const [bell] = await toldAtLeast(uid, 1);
    expect(bell).toMatchObject({ kind: 'bell', text: 'make' });
    expect(bell?.since).toBeGreaterThanOrEqual(before);
    type(uid, '\x1b[?1;2c', true);
    type(uid, 'y');
    await printed(uid, 'again');
    const all = await toldAtLeast(uid, 3);
    expect(all.map((attention) => attention?.kind ?? null)).toEqual(['bell', null, 'bell']);
  });

  test('notifies in parts, behind what it printed before', async () => {
    const notify =
      "printf 'before\\033]99;i=1:d=0;Codex\\033\\\\'; printf '\\033]99;i=1:p=body;Approve?\\033\\\\'";
    const uid = await running('terminal', `${notify}; sleep 60`);
    expect(await toldAtLeast(uid, 1)).toMatchObject([{ kind: 'notification', text: 'Codex: Approve?' }]);
    const { events, text } = host.server.room(uid);
    expect(text).toContain('before');
    expect(events.at(-1)?.type).toBe('program:attention');
  });

  test('[P8] that asks whether it may notify is told how, and does', async () => {
    const answer = '^]99;i=o-1:p=?;o=always:p=title,body,close,?^\\';
    const ask =
      "stty raw -echo; printf '\\033]99;i=o-1:p=?;\\033\\\\'; " +
      `answer=$(head -c${answer.length} | tr '\\033' '^'); printf '\\033]9;%s\\007' "$answer"; sleep 60`;
    const uid = await running('terminal', ask);
    expect(await toldAtLeast(uid, 1)).toMatchObject([{ kind: 'notification', text: answer }]);
  });

  test('that ends asks for nobody, and its status says so alone', async () => {
    const uid = await running('terminal', "printf '\\007'; read answer");
    await toldAtLeast(uid, 1);
    await host.server.request(uid, (requestId) => ({
      type: 'program:terminate',
      payload: { requestId, force: true },
    }));
    await host.server.status(uid, 'stopped', 2);
    expect(told(uid)).toHaveLength(1);
  });

  test('on pipes calls for nobody', async () => {
    const uid = await running('process', "printf '\\007\\033]9;x\\007done'; cat");
    await printed(uid, 'done');
    type(uid, 'over\n');
    await printed(uid, 'over');
    expect(told(uid)).toEqual([]);
  });
});
