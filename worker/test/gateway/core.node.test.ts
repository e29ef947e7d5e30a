import { type ServerMessage, wireError } from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { agentId, ROOM, verified } from './core-rig.ts';
import { claimsOf, Rig, summaryOf, team } from './rig.ts';

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

describe('getting in', () => {
  it('[M5] passes on the lobby’s connection:ack and then its list', () => {
    rig.enter();
    expect(rig.effects.flatMap((e) => (e.type === 'send-to-client' ? [e.message.type] : []))).toEqual([
      'connection:ack',
      'agent:list',
    ]);
  });

  it('[M5] waits 5 s for a token, then AUTH_FAILED and 4401', () => {
    rig.happen({ type: 'start', team, claims: null });
    rig.tick();
    expect(rig.now).toBe(5_000);
    expect(rig.messagesOf('error')).toMatchObject([{ code: 'AUTH_FAILED' }]);
    expect(rig.closed).toBe(4401);
  });

  it('[M5] takes the token from auth or dashboard:connect and dials the lobby with its claims', () => {
    for (const type of ['auth', 'dashboard:connect'] as const) {
      rig = new Rig();
      rig.happen({ type: 'start', team, claims: null });
      expect(rig.says(type, { token: 't' })).toMatchObject([{ type: 'verify', token: 't' }]);
      expect(rig.dials('lobby')).toBe(0);
      expect(verified(rig, type)).toMatchObject([{ type: 'dial', key: 'lobby', claims: { member: 'ada' } }]);
    }
  });

  it('[M5] refuses any other first message, and an expired token, as AUTH_FAILED', () => {
    rig.happen({ type: 'start', team, claims: null });
    rig.says('heartbeat', { sequence: 1 });
    expect([rig.closed, rig.messagesOf('error')[0]?.code]).toEqual([4401, 'AUTH_FAILED']);

    rig = new Rig();
    rig.happen({ type: 'start', team, claims: null });
    const error = wireError('TOKEN_EXPIRED', 'The token has expired');
    rig.happen({
      type: 'verified',
      message: { type: 'auth', payload: { token: 't' } },
      id: 'a',
      result: { ok: false, error },
    });
    expect([rig.closed, rig.messagesOf('error')[0]?.code]).toEqual([4401, 'AUTH_FAILED']);
    expect(rig.messagesOf('ack')).toMatchObject([{ messageId: 'a', success: false }]);
  });

  it('[G3] refuses a token for another team, and a renewal by another member', () => {
    rig.happen({ type: 'start', team, claims: null });
    verified(rig, 'auth', { ...claimsOf(), team: 'other' as typeof team });
    expect(rig.closed).toBe(4401);

    rig = new Rig();
    rig.enter();
    verified(rig, 'auth:refresh', claimsOf({ member: 'eve' as ReturnType<typeof claimsOf>['member'] }));
    expect(rig.messagesOf('error')).toMatchObject([{ code: 'AUTH_FAILED' }]);
    expect(rig.closed).toBeUndefined();
  });

  it('[M11] renews every link in-band', () => {
    rig.enter();
    rig.roomOpens('bash');
    verified(rig, 'auth:refresh', claimsOf({ expiresAt: 9.5e12 }));
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
    expect(rig.messagesOf('error')).toMatchObject([{ code: 'AUTH_FAILED' }]);
    expect(rig.closed).toBe(4401);
    expect(rig.effects.filter((e) => e.type === 'hang-up').map((e) => e.key)).toEqual(['lobby', ROOM]);
    expect(rig.says('heartbeat')).toEqual([]);
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
    expect(rig.messagesOf('agent:status')).toHaveLength(1);
  });

  it('[N1] leaves the room of an agent that is gone, and joins the one that took its name', () => {
    rig.enter();
    rig.from('lobby', { type: 'agent:deleted', payload: { agentId, agentUid: summaryOf('bash').agentUid } });
    expect(rig.effects.at(-1)).toEqual({ type: 'hang-up', key: ROOM });
    rig.says('agent:start', { agentId: 'bash' }, 'a');
    expect(rig.messagesOf('ack')).toMatchObject([{ messageId: 'a', error: { code: 'AGENT_NOT_FOUND' } }]);
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
    expect(rig.messagesOf('connection:ack')).toHaveLength(1);
    expect(rig.messagesOf('agent:list')).toHaveLength(2);
    expect(rig.dials(ROOM)).toBe(1);
  });

  it('a room that is refused while the lobby lists it is dialled again', () => {
    rig.enter();
    rig.happen({ type: 'lost', key: ROOM, code: 4404 });
    rig.tick();
    expect(rig.dials(ROOM)).toBe(2);
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

  it('[M9] an unanswered dial is given up after 10 s', () => {
    rig.happen({ type: 'start', team, claims: claimsOf() });
    rig.tick();
    expect(rig.now).toBe(10_000);
    expect(rig.effects.at(-1)).toEqual({ type: 'hang-up', key: 'lobby' });
  });

  it('asks for nothing more once the client left', () => {
    rig.enter();
    rig.happen({ type: 'disconnected' });
    expect(rig.tick()).toEqual([]);
    expect(rig.effects.filter((e) => e.type === 'hang-up').map((e) => e.key)).toEqual(['lobby', ROOM]);
  });
});
