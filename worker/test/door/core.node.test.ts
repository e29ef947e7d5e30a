import { AgentIdSchema, encodeGap, ok, type ServerMessage, wireError } from '@muster/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { batchOf, claimsOf, cursorOf, E1, epochOf, Rig, stateOf, summaryOf, team } from './rig.ts';

const ROOM = 'room:bash';
const agentId = AgentIdSchema.parse('bash');
let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

const verified = (type: 'auth' | 'auth:refresh' | 'dashboard:connect', claims = claimsOf(), extra = {}) =>
  rig.happen({
    type: 'verified',
    message: { type, payload: { token: 't', ...extra } },
    id: undefined,
    result: ok(claims),
  });
const ack = (messageId: string, error?: ReturnType<typeof wireError>): ServerMessage => ({
  type: 'ack',
  payload: error === undefined ? { messageId, success: true } : { messageId, success: false, error },
});

describe('getting in', () => {
  it('[M5] passes on the lobby’s connection:ack and then its list', () => {
    rig.enter();
    expect(rig.effects.flatMap((e) => (e.type === 'say' ? [e.message.type] : []))).toEqual([
      'connection:ack',
      'agent:list',
    ]);
  });

  it('[M5] waits 5 s for a token, then AUTH_FAILED and 4401', () => {
    rig.happen({ type: 'start', team, claims: null });
    rig.tick();
    expect(rig.now).toBe(5_000);
    expect(rig.told('error')).toMatchObject([{ code: 'AUTH_FAILED' }]);
    expect(rig.closed).toBe(4401);
  });

  it('[M5] takes the token from auth or dashboard:connect and dials the lobby with its claims', () => {
    for (const type of ['auth', 'dashboard:connect'] as const) {
      rig = new Rig();
      rig.happen({ type: 'start', team, claims: null });
      expect(rig.says(type, { token: 't' })).toMatchObject([{ type: 'verify', token: 't' }]);
      expect(rig.dials('lobby')).toBe(0);
      expect(verified(type)).toMatchObject([{ type: 'dial', key: 'lobby', claims: { member: 'ada' } }]);
    }
  });

  it('[M5] refuses any other first message, and an expired token, as AUTH_FAILED', () => {
    rig.happen({ type: 'start', team, claims: null });
    rig.says('heartbeat', { sequence: 1 });
    expect([rig.closed, rig.told('error')[0]?.code]).toEqual([4401, 'AUTH_FAILED']);

    rig = new Rig();
    rig.happen({ type: 'start', team, claims: null });
    const error = wireError('TOKEN_EXPIRED', 'token: has expired');
    rig.happen({
      type: 'verified',
      message: { type: 'auth', payload: { token: 't' } },
      id: 'a',
      result: { ok: false, error },
    });
    expect([rig.closed, rig.told('error')[0]?.code]).toEqual([4401, 'AUTH_FAILED']);
    expect(rig.told('ack')).toMatchObject([{ messageId: 'a', success: false }]);
  });

  it('[G3] refuses a token for another team, and a renewal by another member', () => {
    rig.happen({ type: 'start', team, claims: null });
    verified('auth', { ...claimsOf(), team: 'other' as typeof team });
    expect(rig.closed).toBe(4401);

    rig = new Rig();
    rig.enter();
    verified('auth:refresh', claimsOf({ member: 'eve' as ReturnType<typeof claimsOf>['member'] }));
    expect(rig.told('error')).toMatchObject([{ code: 'AUTH_FAILED' }]);
    expect(rig.closed).toBeUndefined();
  });

  it('[M11] renews every link in-band', () => {
    rig.enter();
    rig.roomOpens('bash');
    verified('auth:refresh', claimsOf({ expiresAt: 9.5e12 }));
    for (const key of ['lobby', ROOM])
      expect(rig.sent(key, 'auth:refresh')).toMatchObject([{ message: { payload: { token: 't' } } }]);
    rig.happen({ type: 'lost', key: ROOM, code: 1006 });
    rig.tick();
    expect(rig.effects.at(-1)).toMatchObject({ type: 'dial', claims: { expiresAt: 9.5e12 } });
  });

  it('ends the client when the lobby does not want it any more', () => {
    rig.enter();
    rig.from('lobby', { type: 'error', payload: wireError('TOKEN_EXPIRED', 'old') });
    rig.happen({ type: 'lost', key: 'lobby', code: 4401 });
    expect(rig.told('error')).toMatchObject([{ code: 'AUTH_FAILED' }]);
    expect(rig.closed).toBe(4401);
    expect(rig.effects.filter((e) => e.type === 'hang-up').map((e) => e.key)).toEqual(['lobby', ROOM]);
    expect(rig.says('heartbeat')).toEqual([]);
  });
});

describe('output', () => {
  it('[M4] reads every agent, from where it stands, as text under the frames’ numbers', () => {
    rig.enter([summaryOf('bash'), summaryOf('make', 2)]);
    rig.roomOpens('bash', cursorOf(7) as never);
    rig.roomOpens('make');
    expect(rig.sent(ROOM, 'subscribe:agent')).toMatchObject([
      { message: { payload: { agentId: 'bash', history: 'full', after: cursorOf(7) } } },
    ]);
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(8, ['a', 'ö'])));
    expect(rig.told('agent:output')).toEqual([
      { agentId: 'bash', stream: 'stdout', data: 'a', timestamp: 5, sequence: 8 },
      { agentId: 'bash', stream: 'stdout', data: 'ö', timestamp: 5, sequence: 9 },
    ]);
    rig.replay('make', () => rig.bytes('room:make', batchOf(1, ['m'])));
    expect(rig.output('make')).toBe('m');
  });

  it('[M4] reads an agent that comes later from its beginning', () => {
    rig.enter([]);
    const { agentId: id, status, connection, ...rest } = summaryOf('bash');
    const agent = { agentId: id, status, connection, ...rest };
    rig.from('lobby', { type: 'agent:status', payload: { agentId, status, connection, details: {}, agent } });
    rig.roomOpens('bash', cursorOf(7) as never);
    const [asked] = rig.sent(ROOM, 'subscribe:agent');
    expect(asked?.message.payload).toEqual({ agentId: 'bash', history: 'full' });
  });

  it('[B1] goes on after the cursors of dashboard:connect, whenever they come', () => {
    rig.happen({ type: 'start', team, claims: null });
    verified('dashboard:connect', claimsOf(), { cursors: { bash: cursorOf(3) } });
    rig.lobbyOpens([summaryOf('bash')]);
    rig.roomOpens('bash', cursorOf(9) as never);
    expect(rig.sent(ROOM, 'subscribe:agent')).toMatchObject([
      { message: { payload: { after: cursorOf(3) } } },
    ]);

    rig = new Rig();
    rig.enter();
    rig.roomOpens('bash', cursorOf(9) as never);
    rig.says('dashboard:connect', { clientInfo: {}, cursors: { bash: cursorOf(3) } }, 'c');
    expect(rig.sent(ROOM, 'subscribe:agent').at(-1)).toMatchObject({
      message: { payload: { after: cursorOf(3) } },
    });
    expect(rig.told('connection:ack')).toHaveLength(2);
    expect(rig.told('ack')).toMatchObject([{ messageId: 'c', success: true }]);
  });

  it('[S6a] names the epoch its numbers are of, and the next', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(1, ['a', 'b'])));
    rig.from(ROOM, {
      type: 'stream:epoch',
      payload: { agentId, ended: { epoch: E1, last: 2 }, epoch: epochOf(2) },
    });
    rig.bytes(ROOM, batchOf(1, ['c'], epochOf(2)));
    expect(rig.told('stream:epoch')).toEqual([
      { agentId: 'bash', ended: null, epoch: E1 },
      { agentId: 'bash', ended: { epoch: E1, last: 2 }, epoch: epochOf(2) },
    ]);
    expect(rig.output('bash')).toBe('abc');
  });

  it('[S10] tells a gap', () => {
    rig.enter();
    rig.roomOpens('bash');
    const gap = encodeGap({ epoch: E1, from: 1, to: 4, bytes: 9, time: 0 });
    rig.replay('bash', () => rig.bytes(ROOM, gap));
    expect(rig.told('replay:gap')).toEqual([{ agentId: 'bash', epoch: E1, from: 1, to: 4, bytes: 9 }]);
  });

  it('[S8] acks to the room what it passed on', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(1, ['a'])));
    rig.tick();
    expect(rig.now).toBe(100);
    expect(rig.sent(ROOM, 'flow:ack')).toMatchObject([{ message: { payload: cursorOf(1) } }]);
  });

  it('[S7] a link that is lost and dialled again loses and doubles nothing, whatever arrived before', () => {
    const cuts = fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, (script) => {
        rig = new Rig();
        rig.enter();
        const texts: string[] = [];
        let total = 0;
        const produce = (count: number) => {
          const fresh = Array.from({ length: count }, (_, index) => `${total + index + 1},`);
          total += count;
          texts.push(...fresh);
        };
        const connect = () => {
          rig.roomOpens('bash');
          rig.replay('bash', () => {
            const after = rig.sent(ROOM, 'subscribe:agent').at(-1)?.message;
            const from = after?.type === 'subscribe:agent' ? (after.payload.after?.sequence ?? 0) : 0;
            if (from < total) rig.bytes(ROOM, batchOf(from + 1, texts.slice(from)));
          });
        };
        connect();
        for (const [count, heard] of script) {
          produce(count);
          const live = Math.min(count, heard);
          const first = total - count + 1;
          if (live > 0) rig.bytes(ROOM, batchOf(first, texts.slice(first - 1, first - 1 + live)));
          const before = rig.dials(ROOM);
          rig.happen({ type: 'lost', key: ROOM, code: 1006 });
          while (rig.dials(ROOM) === before) rig.tick();
          connect();
        }
        expect(rig.output('bash')).toBe(texts.join(''));
        expect(rig.told('replay:gap')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('[S7] what a lost link still brings is not passed on twice', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(1, ['a'])));
    rig.happen({ type: 'lost', key: ROOM, code: 1006 });
    rig.bytes(ROOM, batchOf(2, ['b']));
    expect(rig.output('bash')).toBe('a');
  });

  it('[M8] stops and starts an agent’s output as asked', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(1, ['a'])));
    rig.says('subscribe:agent', { agentId: 'bash' }, 's');
    const id = rig.told('ack').at(-1)?.result?.['subscriptionId'];
    rig.says('unsubscribe', { subscriptionId: id }, 'u');
    expect(rig.sent(ROOM, 'unsubscribe')).toMatchObject([
      { message: { payload: { subscriptionId: 'sub-bash' } } },
    ]);
    rig.bytes(ROOM, batchOf(2, ['b']));
    expect(rig.output('bash')).toBe('a');
    rig.says('subscribe:agent', { agentId: 'bash' });
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(2, ['b'])));
    expect(rig.output('bash')).toBe('ab');
    rig.says('unsubscribe', { subscriptionId: 'nobody' }, 'x');
    expect(rig.told('error')).toMatchObject([{ code: 'SUBSCRIPTION_NOT_FOUND' }]);
    rig.says('subscribe:agent', { agentId: 'bash', filters: ['x'] });
    expect(rig.told('error').at(-1)).toMatchObject({
      code: 'INVALID_MESSAGE',
      details: { field: 'filters' },
    });
  });

  it('a frame that is no batch costs the link, not the stream', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(1, ['a'])));
    rig.bytes(ROOM, new Uint8Array(60));
    expect(rig.effects.at(-1)).toEqual({ type: 'hang-up', key: ROOM });
    rig.tick();
    expect(rig.dials(ROOM)).toBe(2);
    rig.roomOpens('bash');
    expect(rig.sent(ROOM, 'subscribe:agent').at(-1)?.message.payload).toMatchObject({ after: cursorOf(1) });
  });
});

describe('status', () => {
  it('[M7] comes from the lobby, once', () => {
    rig.enter();
    const agent = summaryOf('bash');
    const { status, connection } = agent;
    const message: ServerMessage = {
      type: 'agent:status',
      payload: { agentId, status, connection, details: {}, agent },
    };
    rig.from('lobby', message);
    rig.from(ROOM, { ...message, payload: { ...message.payload, revision: 5 } });
    expect(rig.told('agent:status')).toHaveLength(1);
  });

  it('[N1] leaves the room of an agent that is gone, and joins the one that took its name', () => {
    rig.enter();
    rig.from('lobby', { type: 'agent:deleted', payload: { agentId, agentUid: summaryOf('bash').agentUid } });
    expect(rig.effects.at(-1)).toEqual({ type: 'hang-up', key: ROOM });
    rig.says('agent:start', { agentId: 'bash' }, 'a');
    expect(rig.told('ack')).toMatchObject([{ messageId: 'a', error: { code: 'AGENT_NOT_FOUND' } }]);
    rig.from('lobby', { type: 'agent:list', payload: { agents: [summaryOf('bash', 9)] } });
    expect(rig.effects.at(-1)).toMatchObject({
      type: 'dial',
      to: { agentUid: summaryOf('bash', 9).agentUid },
    });
  });

  it('a lobby that was dialled again is not a second connection', () => {
    rig.enter();
    rig.happen({ type: 'lost', key: 'lobby', code: 1006 });
    rig.tick();
    expect(rig.dials('lobby')).toBe(2);
    rig.lobbyOpens([summaryOf('bash')]);
    expect(rig.told('connection:ack')).toHaveLength(1);
    expect(rig.told('agent:list')).toHaveLength(2);
    expect(rig.dials(ROOM)).toBe(1);
  });

  it('a room that is refused while the lobby lists it is dialled again', () => {
    rig.enter();
    rig.happen({ type: 'lost', key: ROOM, code: 4404 });
    rig.tick();
    expect(rig.dials(ROOM)).toBe(2);
  });
});

describe('requests', () => {
  it('[I1] go to the right room under the client’s id and come back as its ack', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.says('agent:start', { agentId: 'bash' }, 'a');
    expect(rig.sent(ROOM, 'agent:start')).toMatchObject([{ id: 'a' }]);
    rig.from(ROOM, ack('a'), 'a');
    expect(rig.told('ack')).toEqual([{ messageId: 'a', success: true }]);
    rig.says('agent:create', { name: 'New' }, 'b');
    expect(rig.sent('lobby', 'agent:create')).toMatchObject([{ id: 'b' }]);
  });

  it('[I1] a refusal is told as an error and in the ack, once each', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.says('agent:start', { agentId: 'bash' }, 'a');
    const error = wireError('AGENT_OFFLINE', 'no');
    rig.from(ROOM, { type: 'error', payload: error }, 'a');
    rig.from(ROOM, ack('a', error), 'a');
    expect(rig.told('error')).toEqual([error]);
    expect(rig.told('ack')).toEqual([{ messageId: 'a', success: false, error }]);
    rig.says('agent:delete', { agentId: 'bash' }, 'b');
    rig.from('lobby', { type: 'error', payload: error }, 'b');
    rig.from('lobby', ack('b', error), 'b');
    expect(rig.told('error')).toEqual([error, error]);
  });

  it('without an id there is no ack, and an error only when it failed', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.says('agent:start', { agentId: 'bash' });
    rig.says('agent:pause', { agentId: 'bash' });
    const [start] = rig.sent(ROOM, 'agent:start');
    const [pause] = rig.sent(ROOM, 'agent:pause');
    const error = wireError('INVALID_STATE', 'no');
    rig.from(ROOM, ack(start?.id ?? ''));
    rig.from(ROOM, ack(pause?.id ?? '', error));
    expect(rig.told('ack')).toEqual([]);
    expect(rig.told('error')).toEqual([error]);
    const said = rig.effects.findLast((effect) => effect.type === 'say');
    expect(said).not.toHaveProperty('correlationId');
  });

  it('[I1] one that lost its link is sent again under the same id on the next', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.says('agent:start', { agentId: 'bash' }, 'a');
    rig.happen({ type: 'lost', key: ROOM, code: 1006 });
    rig.tick();
    rig.roomOpens('bash');
    expect(rig.sent(ROOM, 'agent:start').map(({ id }) => id)).toEqual(['a', 'a']);
  });

  it('[I2] input waits for the first link to a room, and later goes at once or not at all', () => {
    rig.enter();
    rig.says('agent:input', { agentId: 'bash', data: 'early' }, 'a');
    expect(rig.sent(ROOM, 'agent:input')).toEqual([]);
    rig.roomOpens('bash');
    expect(rig.sent(ROOM, 'agent:input')).toMatchObject([
      { id: 'a', message: { payload: { data: 'early' } } },
    ]);
    rig.happen({ type: 'lost', key: ROOM, code: 1006 });
    expect(rig.told('ack')).toMatchObject([{ messageId: 'a', success: false }]);
    rig.says('agent:input', { agentId: 'bash', data: 'late' }, 'b');
    expect(rig.told('ack')).toMatchObject([{ messageId: 'a' }, { messageId: 'b', success: false }]);
    rig.tick();
    rig.roomOpens('bash');
    expect(rig.sent(ROOM, 'agent:input')).toHaveLength(1);
  });

  it('[M3] a state that was asked for is told, one that was not is not', () => {
    rig.enter();
    rig.roomOpens('bash');
    expect(rig.told('agent:state')).toEqual([]);
    rig.says('agent:get_state', { agentId: 'bash' }, 'g');
    rig.from(ROOM, stateOf('bash', null), 'g');
    expect(rig.told('agent:state')).toHaveLength(1);
    expect(rig.effects.at(-1)).toMatchObject({ type: 'say', correlationId: 'g' });
  });

  it('[M1] echoes heartbeats itself, and a bare ping', () => {
    rig.enter();
    const effects = [...rig.says('heartbeat', { sequence: 4 }, 'h'), ...rig.says('ping', { timestamp: 1 })];
    expect(effects).toMatchObject([
      { type: 'say', message: { type: 'heartbeat', payload: { sequence: 4 } }, correlationId: 'h' },
      { type: 'say', message: { type: 'ack' } },
      { type: 'say', message: { type: 'pong', payload: { timestamp: 1 } } },
    ]);
    expect(rig.happen({ type: 'client', text: 'ping' })).toEqual([{ type: 'pong' }]);
  });

  it('an unknown agent is AGENT_NOT_FOUND, a frame that cannot be read INVALID_MESSAGE', () => {
    rig.enter();
    rig.says('agent:start', { agentId: 'nobody' }, 'a');
    rig.happen({ type: 'client', text: '{' });
    rig.says('no:such', {}, 'b');
    rig.says('flow:ack', { epoch: E1, sequence: 1 }, 'c');
    expect(rig.told('error').map(({ code }) => code)).toEqual([
      'AGENT_NOT_FOUND',
      'INVALID_MESSAGE',
      'UNSUPPORTED_TYPE',
      'UNSUPPORTED_TYPE',
    ]);
    expect(rig.told('ack').map(({ messageId }) => messageId)).toEqual(['a', 'b', 'c']);
    expect(rig.closed).toBeUndefined();
  });

  it('[L] is limited to 100 messages a second, and closed with 4429 after ten refusals in a row', () => {
    rig.enter();
    for (let n = 0; n < 200; n += 1) rig.says('heartbeat');
    expect(rig.told('error')).toEqual([]);
    rig.says('heartbeat');
    expect(rig.told('error')).toMatchObject([{ code: 'RATE_LIMIT', details: { retryAfter: 10 } }]);
    for (let n = 0; n < 8; n += 1) rig.says('heartbeat');
    expect(rig.closed).toBeUndefined();
    rig.says('heartbeat');
    expect(rig.closed).toBe(4429);
  });

  it('[S13] closes with 1009 for a message over 1 MiB, and with 4426 for another major', () => {
    rig.enter();
    rig.happen({ type: 'client', text: 'é'.repeat(600_000) });
    expect([rig.closed, rig.told('error')[0]?.code]).toEqual([1009, 'MESSAGE_TOO_LARGE']);
    rig = new Rig();
    rig.enter();
    rig.happen({ type: 'client', text: '{"version":"2.0.0","type":"heartbeat"}' });
    expect(rig.closed).toBe(4426);
  });
});

describe('liveness', () => {
  it('[H1] pings its links every 20 s and dials again after 40 s of silence', () => {
    rig.enter([]);
    while (rig.dials('lobby') === 1) rig.tick();
    expect(rig.effects.filter(({ type }) => type === 'ping')).toHaveLength(1);
    expect(rig.now).toBeGreaterThanOrEqual(40_000);
    expect(rig.now).toBeLessThanOrEqual(40_500);
  });

  it('[M9] a dial nobody answers is given up after 10 s', () => {
    rig.happen({ type: 'start', team, claims: claimsOf() });
    rig.tick();
    expect(rig.now).toBe(10_000);
    expect(rig.effects.at(-1)).toEqual({ type: 'hang-up', key: 'lobby' });
  });

  it('asks for nothing more once the client left', () => {
    rig.enter();
    rig.happen({ type: 'left' });
    expect(rig.tick()).toEqual([]);
    expect(rig.effects.filter((e) => e.type === 'hang-up').map((e) => e.key)).toEqual(['lobby', ROOM]);
  });
});
