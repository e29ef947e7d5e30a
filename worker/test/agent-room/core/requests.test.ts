import {
  ClientIdSchema,
  commandIdOf,
  encodeInput,
  INPUT_VERSION,
  type InputFrame,
  MemberIdSchema,
  VIEWER_MESSAGES,
  type ViewerType,
  wireError,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../src/agent-room/core/handle.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { placementOf, TEAM } from './frames.ts';
import { running } from './requests-rig.ts';
import { E1, event, KEEPER, keeperMessages, opened, Rig, sent } from './rig.ts';

const frame: InputFrame = {
  clientId: ClientIdSchema.parse('client-of-v'),
  inputSequence: 1,
  commandId: undefined,
  answer: false,
  data: Uint8Array.of('x'.charCodeAt(0)),
};
/** As a keeper counts it. */
const counted = { ...frame, clientId: ClientIdSchema.parse(`3:ada${frame.clientId}`) };

describe('requests to the program', () => {
  it('[I1] are sent to the keeper, and acked with its result', () => {
    const rig = running();
    const asked = rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1');
    const [order] = keeperMessages(asked, 'program:pause');
    expect(sent(asked, 'v', 'ack')).toEqual([]);
    const done = rig.batch(event(E1, 2, { type: 'request:done', requestId: order?.requestId ?? '' }));
    expect(sent(done, 'v', 'ack')).toEqual([{ messageId: 'm1', success: true }]);
  });

  it('[I1] a repeat reaches the keeper once and returns the first ack, after a sleep too', () => {
    const rig = running();
    const [order] = keeperMessages(rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1'), 'program:pause');
    expect(keeperMessages(rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1'), 'program:pause')).toEqual([]);
    const error = wireError('INVALID_STATE', 'it is not running');
    rig.batch(event(E1, 2, { type: 'request:done', requestId: order?.requestId ?? '', error }));
    rig.sleep();
    const again = rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1');
    expect(keeperMessages(again, 'program:pause')).toEqual([]);
    expect(sent(again, 'v', 'ack')).toEqual([{ messageId: 'm1', success: false, error }]);
  });

  it('[I1] one that is not remembered and was first sent as long ago is refused: it may have been done', () => {
    const refused = { error: { code: 'COMMAND_TIMEOUT', details: { outcome: 'unknown' } } };
    for (const [type, payload] of [
      ['agent:pause', { agentId: 'a' }],
      ['command:request', { agentId: 'a', command: 'ls' }],
    ] as const) {
      const rig = running();
      const { now } = rig;
      const late = now - ROOM_LIMITS.requestMemory;
      const asked = rig.send('v', type, payload, 'm1', late);
      expect(sent(asked, 'v', 'ack')).toMatchObject([refused]);
      expect(asked.some((effect) => effect.type === 'send-to-keeper')).toBe(false);
      const young = rig.send('v', type, payload, 'm1', now - ROOM_LIMITS.requestMemory / 2);
      expect(young.some((effect) => effect.type === 'send-to-keeper')).toBe(true);
    }
  });

  it('[I1] one that is remembered gets its answer, however long ago it was first sent', () => {
    const rig = running();
    const wanted = { agentId: 'a', command: 'ls' };
    const { now } = rig;
    const first = rig.send('v', 'command:request', wanted, 'm1', now);
    rig.now += ROOM_LIMITS.requestMemory - 1_000;
    const again = rig.send('v', 'command:request', wanted, 'm1', now);
    expect(sent(again, 'v', 'ack')).toEqual(sent(first, 'v', 'ack'));
    rig.now += 2_000;
    rig.do({ type: 'alarm' });
    const late = rig.send('v', 'command:request', wanted, 'm1', now);
    expect(sent(late, 'v', 'ack')).toMatchObject([{ success: false }]);
  });

  it('[I1, L] repeats that wait for one answer are few: one of a socket, and eight in all', () => {
    const rig = running();
    const pages = Array.from({ length: 9 }, (_, n) => `v${n}`);
    const id = MemberIdSchema.parse('ada');
    const member = { id, name: 'Ada', role: 'admin', clientId: frame.clientId, address: null } as const;
    for (const connection of pages) rig.do({ type: 'viewer-joined', connection, member });
    const ask = (page: string) => rig.send(page, 'agent:pause', { agentId: 'a' }, 'm1');
    const [order] = keeperMessages(ask('v0'), 'program:pause');
    for (let n = 0; n < 100; n += 1) expect(ask('v0')).toEqual([]);
    const last = pages.map((page) => sent(ask(page), page, 'ack')[0]?.error?.code).at(-1);
    expect(last).toBe('RESOURCE_EXHAUSTED');
    const done = rig.batch(event(E1, 2, { type: 'request:done', requestId: order?.requestId ?? '' }));
    const acked = pages.filter((page) => sent(done, page, 'ack').length === 1);
    expect(acked).toEqual(pages.slice(0, 8));
  });

  it('[I1, X13] what is stored of one is short, and nothing of its content', () => {
    const rig = running();
    const environment = { API_TOKEN: 'not-for-anybody' };
    const wanted = { agentId: 'a', command: 'x'.repeat(8_000), environment };
    const first = rig.send('v', 'command:request', wanted, 'm1');
    expect(sent(rig.send('v', 'command:request', wanted, 'm1'), 'v', 'ack')).toEqual(sent(first, 'v', 'ack'));
    const other = { ...wanted, environment: { API_TOKEN: 'another-one-now' } };
    const [ack] = sent(rig.send('v', 'command:request', other, 'm1'), 'v', 'ack');
    expect(ack?.error?.code).toBe('INVALID_MESSAGE');
    const kept = JSON.stringify(rig.store.load().requests);
    expect(kept).not.toContain('not-for-anybody');
    expect(kept.length).toBeLessThan(500);
  });

  it('[L] no more than 10,000 are remembered: one that was answered goes for a new one, none that waits', () => {
    const rig = running();
    const ask = (id: string) => rig.send('v', 'agent:pause', { agentId: 'a' }, id);
    ask('waits');
    const [waits] = rig.room.requests.values();
    if (waits === undefined) throw new Error('it was not remembered');
    const fill = (ack: { success: boolean } | null) => {
      for (let n = rig.room.requests.size; n < ROOM_LIMITS.requests; n += 1)
        rig.room.requests.set(`k${n}`, { ...waits, key: `k${n}`, requestId: `r${n}`, ack });
    };
    fill({ success: true });
    expect(keeperMessages(ask('new'), 'program:pause')).toHaveLength(1);
    expect(rig.room.requests.size).toBe(ROOM_LIMITS.requests);
    expect([...rig.room.requests.values()].filter(({ ack }) => ack === null)).toHaveLength(2);
    for (const [key, { ack }] of [...rig.room.requests]) if (ack !== null) rig.room.requests.delete(key);
    fill(null);
    for (const asked of [ask('more'), rig.send('v', 'command:request', { agentId: 'a', command: 'ls' }, 'c')])
      expect(sent(asked, 'v', 'ack')).toMatchObject([{ error: { code: 'RESOURCE_EXHAUSTED' } }]);
  });

  it('[I1] the same id with another message is refused', () => {
    const rig = running();
    rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1');
    const [ack] = sent(rig.send('v', 'agent:resume', { agentId: 'a' }, 'm1'), 'v', 'ack');
    expect(ack?.error).toMatchObject({ code: 'INVALID_MESSAGE', details: { field: 'id' } });
  });

  it('[I1] a keeper that comes back is sent again what it has not answered', () => {
    const rig = running();
    rig.send('v', 'agent:terminate', { agentId: 'a', force: true }, 'm1');
    rig.do({ type: 'disconnected', connection: KEEPER });
    rig.sleep();
    expect(keeperMessages(rig.hello('keeper-2'), 'program:terminate')).toMatchObject([{ force: true }]);
  });

  it('[H2] gives up after 30 s and forgets after 10 min, by the alarm', () => {
    const rig = running();
    rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1');
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    expect(nextDeadline(rig.room)).toBe(rig.now + ROOM_LIMITS.requestTimeout);
    rig.now += ROOM_LIMITS.requestTimeout;
    const [ack] = sent(rig.do({ type: 'alarm' }), 'v', 'ack');
    expect(ack?.error?.code).toBe('SERVICE_UNAVAILABLE');
    rig.now += ROOM_LIMITS.requestMemory;
    rig.do({ type: 'alarm' });
    expect(rig.store.load().requests).toEqual([]);
    expect(nextDeadline(rig.room)).toBeNull();
  });

  it('answers AGENT_OFFLINE without a keeper, or with one silent for 45 s [H1]', () => {
    const rig = running();
    rig.lastSeenAt.set(KEEPER, rig.now - ROOM_LIMITS.keeperSilence - 1);
    const [silent] = sent(rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1'), 'v', 'ack');
    expect(silent?.error?.code).toBe('AGENT_OFFLINE');
    rig.do({ type: 'disconnected', connection: KEEPER });
    const [gone] = sent(rig.send('v', 'agent:input', { agentId: 'a', data: 'x' }, 'm2'), 'v', 'ack');
    expect(gone?.error?.code).toBe('AGENT_OFFLINE');
  });

  it('[I2] passes input on and its confirmation back to the client that typed', () => {
    const rig = running();
    rig.join('w');
    const typed = rig.send('v', 'agent:input', { agentId: 'a', data: 'x', inputSequence: 1 });
    expect(keeperMessages(typed, 'program:input')).toEqual([
      { data: 'x', encoding: 'utf8', clientId: '3:adaclient-of-v', inputSequence: 1 },
    ]);
    const message = { type: 'input:ack', payload: { clientId: '3:adaclient-of-v', inputSequence: 1 } };
    const acked = rig.do({ type: 'keeper-message', connection: KEEPER, message: message as never });
    expect(sent(acked, 'v', 'input:ack')).toHaveLength(1);
    expect(sent(acked, 'w', 'input:ack')).toEqual([]);
  });

  it('[I2] [F3] passes a frame on under its member’s name, also after a sleep, and confirms it in the same way', () => {
    const rig = running([INPUT_VERSION]);
    const passedOn = () =>
      rig.type('v', frame).filter(({ type }) => type === 'forward' || type === 'send-to-keeper');
    expect(passedOn()).toEqual([{ type: 'forward', to: [KEEPER], bytes: encodeInput(counted) }]);
    rig.sleep();
    expect(passedOn()).toEqual([{ type: 'forward', to: [KEEPER], bytes: encodeInput(counted) }]);
    const message = { type: 'input:ack', payload: { clientId: counted.clientId, inputSequence: 1 } };
    const acked = rig.do({ type: 'keeper-message', connection: KEEPER, message: message as never });
    expect(sent(acked, 'v', 'input:ack')).toHaveLength(1);
  });

  it('[G4] sends it as a message to a keeper that takes no frames, or not this version', () => {
    for (const versions of [undefined, [INPUT_VERSION + 1]]) {
      const payload = { data: 'x', encoding: 'utf8', clientId: counted.clientId, inputSequence: 1 };
      expect(keeperMessages(running(versions).type('v', frame), 'program:input')).toEqual([payload]);
    }
  });

  it('[X5] [H1] [Q] refuses a frame as it does a message', () => {
    const rig = running([INPUT_VERSION]);
    rig.join('o', 'viewer');
    const code = (effects: ReturnType<Rig['type']>, to = 'v') => sent(effects, to, 'error')[0]?.code;
    expect(code(rig.type('o', frame), 'o')).toBe('INSUFFICIENT_PERMISSIONS');
    expect(code(rig.type('v', { ...frame, commandId: commandIdOf('a' as never, 'gone') }))).toBe(
      'COMMAND_NOT_FOUND',
    );
    rig.do({ type: 'disconnected', connection: KEEPER });
    expect(code(rig.type('v', frame))).toBe('AGENT_OFFLINE');
  });

  /** A room whose agent has pipes. */
  const onPipes = (endsInput?: boolean) => {
    const rig = new Rig();
    rig.do({ type: 'placed', team: TEAM, placement: placementOf(2, 'process') });
    rig.hello(KEEPER, { generation: 2, ...(endsInput === undefined ? {} : { endsInput }) });
    rig.batch(opened(E1));
    rig.join('v');
    return rig;
  };
  const end = (rig: Rig, payload: object = {}) =>
    rig.send('v', 'agent:input', { agentId: 'a', end: true, ...payload }, `m${rig.effects.length}`);

  it('[P9] passes the end of an input on, behind what comes with it, also after a sleep', () => {
    const rig = onPipes(true);
    expect(keeperMessages(end(rig), 'program:input')).toEqual([{ data: '', encoding: 'utf8', end: true }]);
    rig.sleep();
    const numbered = { data: 'last', inputSequence: 3 };
    expect(keeperMessages(end(rig, numbered), 'program:input')).toEqual([
      { data: 'last', encoding: 'utf8', end: true, clientId: '3:adaclient-of-v', inputSequence: 3 },
    ]);
    const [nothing] = sent(rig.send('v', 'agent:input', { agentId: 'a' }, 'none'), 'v', 'ack');
    expect(nothing?.error).toMatchObject({ code: 'INVALID_MESSAGE', details: { field: 'data' } });
  });

  it('[P9] a terminal has Ctrl-D, and a keeper of 0.1.0 closes no input: both are told, and nothing is passed on', () => {
    for (const rig of [running(), onPipes(), onPipes(false)]) {
      const effects = end(rig);
      expect(keeperMessages(effects, 'program:input')).toEqual([]);
      const [ack] = sent(effects, 'v', 'ack');
      expect(ack?.error).toMatchObject({ code: 'INVALID_STATE', details: { field: 'end' } });
      expect(ack?.error?.message).toMatch(/Ctrl-D|too old/);
    }
  });

  it('[L] refuses an input of more than 64 KiB of UTF-8', () => {
    const rig = running();
    const [ack] = sent(
      rig.send('v', 'agent:input', { agentId: 'a', data: '€'.repeat(30_000) }, 'm1'),
      'v',
      'ack',
    );
    expect(ack?.error).toMatchObject({ code: 'MESSAGE_TOO_LARGE', details: { field: 'data' } });
  });
});

describe('rights', () => {
  const types = Object.keys(VIEWER_MESSAGES) as ViewerType[];
  it.each(types)('[X5] %s asks the one table', (type) => {
    const least = VIEWER_MESSAGES[type].least;
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      const rig = new Rig();
      rig.hello();
      rig.batch(opened(E1));
      rig.join('v', role);
      const payload = {
        rules: [],
        agentId: 'a',
        command: 'ls',
        data: 'x',
        subscriptionId: 's',
        signal: 'SIGINT',
        epoch: E1,
        sequence: 1,
        cols: 1,
        rows: 1,
      };
      const effects = rig.send('v', type, payload, 'm1');
      const refused = sent(effects, 'v', 'ack').some((ack) => ack.error?.code === 'INSUFFICIENT_PERMISSIONS');
      const order = ['viewer', 'operator', 'admin'];
      expect(refused).toBe(least !== 'anyone' && order.indexOf(role) < order.indexOf(least));
    }
  });
});

describe('limits', () => {
  const types = Object.keys(VIEWER_MESSAGES) as ViewerType[];
  it.each(types)('[L] %s is counted for its agent as the one table says', (type) => {
    const rig = running();
    const { durable } = rig.room;
    if (durable === null) throw new Error('it is placed');
    rig.room.durable = { ...durable, commandBucket: { tokens: 0, at: rig.now, refused: 0 } };
    const payload = {
      agentId: 'a',
      command: 'ls',
      commandId: 'a.1',
      data: 'x',
      cols: 1,
      rows: 1,
      rules: [],
    };
    const effects = rig.send('v', type, payload, 'm1');
    const limited = sent(effects, 'v', 'ack').some(({ error }) => error?.code === 'RATE_LIMIT');
    expect(limited).toBe(VIEWER_MESSAGES[type].bucket === 'command');
  });
});
