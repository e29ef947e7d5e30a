import {
  ClientIdSchema,
  commandIdOf,
  encodeInput,
  INPUT_VERSION,
  type InputFrame,
  VIEWER_MESSAGES,
  VIEWER_RULES,
  type ViewerType,
  wireError,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/room/core/limits.ts';
import { nextDuty } from '../../../src/room/core/room.ts';
import { commits, E1, E2, event, KEEPER, opened, output, placementOf, Rig, sent, TEAM, told } from './rig.ts';

const frame: InputFrame = {
  clientId: ClientIdSchema.parse('client-of-v'),
  inputSequence: 1,
  commandId: undefined,
  answer: false,
  data: Uint8Array.of('x'.charCodeAt(0)),
};

/** `inputVersions`: of input frames that its keeper takes. */
function running(inputVersions?: number[]): Rig {
  const rig = new Rig();
  rig.hello(KEEPER, inputVersions === undefined ? {} : { inputVersions });
  rig.batch(opened(E1));
  rig.join('v');
  return rig;
}

describe('requests to the program', () => {
  it('[I1] are told to the keeper, and acked when it says what became of them', () => {
    const rig = running();
    const asked = rig.say('v', 'agent:pause', { agentId: 'a' }, 'm1');
    const [order] = told(asked, 'program:pause');
    expect(sent(asked, 'v', 'ack')).toEqual([]);
    const done = rig.batch(event(E1, 2, { type: 'request:done', requestId: order?.requestId ?? '' }));
    expect(sent(done, 'v', 'ack')).toEqual([{ messageId: 'm1', success: true }]);
  });

  it('[I1] a repeat reaches the keeper once and returns the first ack, after a sleep too', () => {
    const rig = running();
    const [order] = told(rig.say('v', 'agent:pause', { agentId: 'a' }, 'm1'), 'program:pause');
    expect(told(rig.say('v', 'agent:pause', { agentId: 'a' }, 'm1'), 'program:pause')).toEqual([]);
    const error = wireError('INVALID_STATE', 'it is not running');
    rig.batch(event(E1, 2, { type: 'request:done', requestId: order?.requestId ?? '', error }));
    rig.sleep();
    const again = rig.say('v', 'agent:pause', { agentId: 'a' }, 'm1');
    expect(told(again, 'program:pause')).toEqual([]);
    expect(sent(again, 'v', 'ack')).toEqual([{ messageId: 'm1', success: false, error }]);
  });

  it('[I1] the same id with another message is refused', () => {
    const rig = running();
    rig.say('v', 'agent:pause', { agentId: 'a' }, 'm1');
    const [ack] = sent(rig.say('v', 'agent:resume', { agentId: 'a' }, 'm1'), 'v', 'ack');
    expect(ack?.error).toMatchObject({ code: 'INVALID_MESSAGE', details: { field: 'id' } });
  });

  it('[I1] a keeper that comes back is told again what it has not answered', () => {
    const rig = running();
    rig.say('v', 'agent:terminate', { agentId: 'a', force: true }, 'm1');
    rig.do({ type: 'left', connection: KEEPER });
    rig.sleep();
    expect(told(rig.hello('keeper-2'), 'program:terminate')).toMatchObject([{ force: true }]);
  });

  it('[H2] gives up after 30 s and forgets after 10 min, by the alarm', () => {
    const rig = running();
    rig.say('v', 'agent:pause', { agentId: 'a' }, 'm1');
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    expect(nextDuty(rig.room)).toBe(rig.now + ROOM_LIMITS.requestTimeout);
    rig.now += ROOM_LIMITS.requestTimeout;
    const [ack] = sent(rig.do({ type: 'alarm' }), 'v', 'ack');
    expect(ack?.error?.code).toBe('SERVICE_UNAVAILABLE');
    rig.now += ROOM_LIMITS.requestMemory;
    rig.do({ type: 'alarm' });
    expect(rig.store.load().requests).toEqual([]);
    expect(nextDuty(rig.room)).toBeNull();
  });

  it('answers AGENT_OFFLINE without a keeper, or with one not heard of for 45 s [H1]', () => {
    const rig = running();
    rig.heard.set(KEEPER, rig.now - ROOM_LIMITS.keeperSilence - 1);
    const [silent] = sent(rig.say('v', 'agent:pause', { agentId: 'a' }, 'm1'), 'v', 'ack');
    expect(silent?.error?.code).toBe('AGENT_OFFLINE');
    rig.do({ type: 'left', connection: KEEPER });
    const [gone] = sent(rig.say('v', 'agent:input', { agentId: 'a', data: 'x' }, 'm2'), 'v', 'ack');
    expect(gone?.error?.code).toBe('AGENT_OFFLINE');
  });

  it('[I2] passes input on and its confirmation back to the client that typed', () => {
    const rig = running();
    rig.join('w');
    const typed = rig.say('v', 'agent:input', { agentId: 'a', data: 'x', inputSequence: 1 });
    expect(told(typed, 'program:input')).toEqual([
      { data: 'x', encoding: 'utf8', clientId: 'client-of-v', inputSequence: 1 },
    ]);
    const message = { type: 'input:ack', payload: { clientId: 'client-of-v', inputSequence: 1 } };
    const acked = rig.do({ type: 'keeper-said', connection: KEEPER, message: message as never });
    expect(sent(acked, 'v', 'input:ack')).toHaveLength(1);
    expect(sent(acked, 'w', 'input:ack')).toEqual([]);
  });

  it('[I2] [F3] passes a frame on as it came, also after a sleep, and confirms it in the same way', () => {
    const rig = running([INPUT_VERSION]);
    const passedOn = () => rig.type('v', frame).filter(({ type }) => type === 'forward' || type === 'tell');
    expect(passedOn()).toEqual([{ type: 'forward', to: [KEEPER], bytes: encodeInput(frame) }]);
    rig.sleep();
    expect(passedOn()).toEqual([{ type: 'forward', to: [KEEPER], bytes: encodeInput(frame) }]);
    const message = { type: 'input:ack', payload: { clientId: frame.clientId, inputSequence: 1 } };
    const acked = rig.do({ type: 'keeper-said', connection: KEEPER, message: message as never });
    expect(sent(acked, 'v', 'input:ack')).toHaveLength(1);
  });

  it('[G4] says it as a message to a keeper that takes no frames, or not this version', () => {
    for (const versions of [undefined, [INPUT_VERSION + 1]]) {
      const payload = { data: 'x', encoding: 'utf8', clientId: frame.clientId, inputSequence: 1 };
      expect(told(running(versions).type('v', frame), 'program:input')).toEqual([payload]);
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
    rig.do({ type: 'left', connection: KEEPER });
    expect(code(rig.type('v', frame))).toBe('AGENT_OFFLINE');
  });

  it('[L] refuses an input of more than 64 KiB of UTF-8', () => {
    const rig = running();
    const [ack] = sent(
      rig.say('v', 'agent:input', { agentId: 'a', data: '€'.repeat(30_000) }, 'm1'),
      'v',
      'ack',
    );
    expect(ack?.error).toMatchObject({ code: 'MESSAGE_TOO_LARGE', details: { field: 'data' } });
  });
});

describe('rights', () => {
  const types = Object.keys(VIEWER_MESSAGES) as ViewerType[];
  it.each(types)('[X5] %s asks the one table', (type) => {
    const least = VIEWER_RULES[type].least;
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      const rig = new Rig();
      rig.hello();
      rig.batch(opened(E1));
      rig.join('v', role);
      const payload = {
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
      const effects = rig.say('v', type, payload, 'm1');
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
    const payload = { agentId: 'a', command: 'ls', commandId: 'a.1', data: 'x', cols: 1, rows: 1 };
    const effects = rig.say('v', type, payload, 'm1');
    const limited = sent(effects, 'v', 'ack').some(({ error }) => error?.code === 'RATE_LIMIT');
    expect(limited).toBe(VIEWER_RULES[type].bucket === 'command');
  });
});

describe('which keeper counts', () => {
  const closed = (effects: ReturnType<Rig['do']>) =>
    effects.flatMap((effect) => (effect.type === 'close' ? [[effect.connection, effect.code]] : []));

  it('[N1] closes a keeper of another uid with 4409', () => {
    const agentUid = '33333333-3333-4333-8333-333333333333';
    expect(closed(new Rig().hello('k', { agentUid }))).toEqual([['k', 4409]]);
  });

  it('[N2] closes one of a lower generation with 4409, and asks one of a higher to come back', () => {
    const rig = new Rig(3);
    expect(closed(rig.hello('old', { generation: 2 }))).toEqual([['old', 4409]]);
    expect(closed(rig.hello('early', { generation: 4 }))).toEqual([['early', 1013]]);
    expect(closed(rig.hello('k', { generation: 3 }))).toEqual([]);
  });

  it('[N2] within a generation the newest hello wins, and frames of the older socket are ignored', () => {
    const rig = running();
    expect(closed(rig.hello('keeper-2'))).toEqual([[KEEPER, 1000]]);
    rig.batch(event(E1, 2, { type: 'program:status', status: 'crashed' }), KEEPER);
    expect(rig.room.next).toBe(2);
  });

  it('[S4] a newer link is told to go on behind what is stored: the tail of the older one is stored first', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'not stored yet'));
    const effects = rig.hello('keeper-2');
    expect(commits(effects)[0]?.segments?.[0]?.last).toBe(2);
    expect(told(effects, 'room:welcome')).toEqual([{ epoch: E1, next: 3, batchVersion: 1 }]);
    rig.reset();
    expect(told(rig.hello('keeper-3'), 'room:welcome')).toMatchObject([{ next: 3 }]);
  });

  it('[N2] an agent placed anew closes the keeper of the older start', () => {
    const rig = running();
    const effects = rig.do({ type: 'placed', team: TEAM, placement: placementOf(2) });
    expect(closed(effects)).toEqual([[KEEPER, 4409]]);
    expect(closed(rig.do({ type: 'placed', team: TEAM, placement: placementOf(1) }))).toEqual([]);
    expect(rig.room.durable?.placement.generation).toBe(2);
  });

  it('[R1] a new spec is told to who watches as state, before a status of the same revision', () => {
    const rig = running();
    rig.join('v');
    const { spec, generation } = placementOf(1);
    const placement = { spec: { ...spec, redaction: false }, generation };
    const effects = rig.do({ type: 'placed', team: TEAM, placement });
    expect(sent(effects, 'v', 'agent:state')).toMatchObject([
      { redaction: false, revision: rig.room.durable?.revision },
    ]);
    const types = effects.flatMap((one) => (one.type === 'send' && one.to === 'v' ? one.message.type : []));
    expect(types).toEqual(['agent:state', 'agent:status']);
  });

  it('[S1] welcomes a keeper with the epoch and the number it wants next', () => {
    const rig = running();
    expect(told(rig.hello('keeper-2', { epoch: E2 }), 'room:welcome')).toEqual([
      { epoch: E1, next: 2, batchVersion: 1 },
    ]);
  });
});

describe('telling others', () => {
  it('[R1] counts each change of state, and nothing else', () => {
    const rig = running();
    const before = rig.room.durable?.revision ?? 0;
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    expect(rig.room.durable?.revision).toBe(before + 1);
    rig.say('v', 'agent:get_state', { agentId: 'a' });
    expect(rig.room.durable?.revision).toBe(before + 1);
  });

  it('[M7] tells a change of status to every socket of the room', () => {
    const rig = running();
    rig.join('w');
    const effects = rig.batch(event(E1, 2, { type: 'program:status', status: 'running', pid: 9 }));
    for (const to of ['v', 'w'])
      expect(sent(effects, to, 'agent:status')[0]).toMatchObject({ status: 'running', details: { pid: 9 } });
  });

  const reports = (effects: ReturnType<Rig['do']>) => effects.filter((effect) => effect.type === 'report');

  it('[R3] reports its summary until the lobby has acked it: at once, then 1, 2, 4 … 30 s', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    expect(reports(rig.batch(event(E1, 2, { type: 'program:status', status: 'running' })))).toHaveLength(1);
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      expect(nextDuty(rig.room)).toBe(rig.now + wait * 1000);
      rig.do({ type: 'reported', revision: null });
      rig.now += wait * 1000;
      expect(reports(rig.do({ type: 'alarm' }))).toHaveLength(1);
    }
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    expect(nextDuty(rig.room)).toBeNull();
  });

  it('[R3] a report that a reset swallowed is told again by the alarm', () => {
    const rig = running();
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    rig.sleep();
    expect(reports(rig.do({ type: 'alarm' }))).toHaveLength(1);
  });

  it('[R3] an acked report is not told again after a sleep', () => {
    const rig = running();
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    rig.sleep();
    expect(reports(rig.do({ type: 'alarm' }))).toEqual([]);
  });

  it('[R3] what was told of viewers only is told again though the room slept, when the lobby was away', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    rig.watch('w');
    rig.do({ type: 'reported', revision: null });
    rig.sleep();
    const [report] = reports(rig.do({ type: 'alarm' }));
    expect(report?.summary.viewers).toBe(1);
  });

  it('[R3] tells who watches one word at a time, at once, and sets no alarm for it', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    const began = rig.watch('w');
    expect(commits(began)).toEqual([]);
    const [first] = reports(began);
    expect(first?.summary.viewers).toBe(1);
    for (const name of ['x', 'y', 'z']) expect(reports(rig.watch(name))).toEqual([]);
    expect(nextDuty(rig.room)).toBeNull();
    const [second] = reports(rig.do({ type: 'reported', revision: first?.revision ?? 0 }));
    expect(second?.summary.viewers).toBe(4);
    expect(reports(rig.do({ type: 'reported', revision: second?.revision ?? 0 }))).toEqual([]);
  });

  it('[R3] tells who watches again when the lobby did not take it', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    rig.watch('w');
    rig.do({ type: 'reported', revision: 0 });
    expect(nextDuty(rig.room)).toBe(rig.now + 1_000);
    rig.now += 1_000;
    expect(reports(rig.do({ type: 'alarm' }))[0]?.summary.viewers).toBe(1);
  });

  it('[R3] what the lobby did not take of who watches is told again though the room slept', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    const before = rig.room.toldRevision;
    rig.now += 1;
    rig.watch('w');
    rig.do({ type: 'reported', revision: before });
    rig.sleep();
    const [report] = reports(rig.do({ type: 'alarm' }));
    expect(report?.summary.viewers).toBe(1);
  });

  it('[R3] a change of status does not wait for the answer to who watches', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    rig.watch('w');
    expect(reports(rig.batch(event(E1, 2, { type: 'program:status', status: 'running' })))).toHaveLength(1);
  });

  it('[R3] does not repeat a report that is under way', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running' }));
    rig.now += 1_000;
    expect(reports(rig.do({ type: 'alarm' }))).toEqual([]);
    expect(nextDuty(rig.room)).toBeGreaterThan(rig.now);
  });

  it('[R3] a room that died with its sockets tells the lobby that they are gone, above what it told before', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    for (const name of ['w', 'x', 'y']) rig.watch(name);
    const before = rig.room.toldRevision;
    rig.do({ type: 'reported', revision: before });
    rig.reset();
    rig.now += 1;
    const [report] = reports(rig.do({ type: 'alarm' }));
    expect(report?.summary.viewers).toBe(0);
    expect(report?.revision).toBeGreaterThan(before);
  });

  it('[R3] tells above a word of an earlier life, whose clock went ahead', () => {
    const rig = running();
    const ahead = rig.room.toldRevision + 5;
    const [report] = reports(rig.do({ type: 'reported', revision: ahead }));
    expect(report?.revision).toBeGreaterThan(ahead);
  });

  it('[R3][N2] tells a lobby that placed it anew, whatever it told as the start before', () => {
    const rig = running();
    rig.do({ type: 'reported', revision: rig.room.toldRevision });
    expect(reports(rig.do({ type: 'placed', team: TEAM, placement: placementOf(2) }))).toHaveLength(1);
  });
});
