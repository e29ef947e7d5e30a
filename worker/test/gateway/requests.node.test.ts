import { wireError } from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { ack, ROOM } from './core-rig.ts';
import { E1, Rig, stateOf } from './rig.ts';

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

describe('requests', () => {
  it('[I1] go to the right room under the client’s id and come back as its ack', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.says('agent:start', { agentId: 'bash' }, 'a');
    expect(rig.sent(ROOM, 'agent:start')).toMatchObject([{ id: 'a' }]);
    rig.from(ROOM, ack('a'), 'a');
    expect(rig.messagesOf('ack')).toEqual([{ messageId: 'a', success: true }]);
    rig.says('agent:create', { name: 'New' }, 'b');
    expect(rig.sent('lobby', 'agent:create')).toMatchObject([{ id: 'b' }]);
  });

  it('[I1] a refusal is sent as an error and in the ack, once each', () => {
    rig.enter();
    rig.roomOpens('bash');
    rig.says('agent:start', { agentId: 'bash' }, 'a');
    const error = wireError('AGENT_OFFLINE', 'no');
    rig.from(ROOM, { type: 'error', payload: error }, 'a');
    rig.from(ROOM, ack('a', error), 'a');
    expect(rig.messagesOf('error')).toEqual([error]);
    expect(rig.messagesOf('ack')).toEqual([{ messageId: 'a', success: false, error }]);
    rig.says('agent:delete', { agentId: 'bash' }, 'b');
    rig.from('lobby', { type: 'error', payload: error }, 'b');
    rig.from('lobby', ack('b', error), 'b');
    expect(rig.messagesOf('error')).toEqual([error, error]);
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
    expect(rig.messagesOf('ack')).toEqual([]);
    expect(rig.messagesOf('error')).toEqual([error]);
    const said = rig.effects.findLast((effect) => effect.type === 'send-to-client');
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
    expect(rig.messagesOf('ack')).toMatchObject([{ messageId: 'a', success: false }]);
    rig.says('agent:input', { agentId: 'bash', data: 'late' }, 'b');
    expect(rig.messagesOf('ack')).toMatchObject([{ messageId: 'a' }, { messageId: 'b', success: false }]);
    rig.tick();
    rig.roomOpens('bash');
    expect(rig.sent(ROOM, 'agent:input')).toHaveLength(1);
  });

  it('[M3] a requested state is passed on, any other is not', () => {
    rig.enter();
    rig.roomOpens('bash');
    expect(rig.messagesOf('agent:state')).toEqual([]);
    rig.says('agent:get_state', { agentId: 'bash' }, 'g');
    rig.from(ROOM, stateOf('bash', null), 'g');
    expect(rig.messagesOf('agent:state')).toHaveLength(1);
    expect(rig.effects.at(-1)).toMatchObject({ type: 'send-to-client', correlationId: 'g' });
  });

  it('[M1] echoes heartbeats itself, and a bare ping', () => {
    rig.enter();
    const effects = [...rig.says('heartbeat', { sequence: 4 }, 'h'), ...rig.says('ping', { timestamp: 1 })];
    expect(effects).toMatchObject([
      {
        type: 'send-to-client',
        message: { type: 'heartbeat', payload: { sequence: 4 } },
        correlationId: 'h',
      },
      { type: 'send-to-client', message: { type: 'ack' } },
      { type: 'send-to-client', message: { type: 'pong', payload: { timestamp: 1 } } },
    ]);
    expect(rig.happen({ type: 'client', text: 'ping' })).toEqual([{ type: 'pong' }]);
  });

  it('an unknown agent is AGENT_NOT_FOUND, a frame that cannot be read INVALID_MESSAGE', () => {
    rig.enter();
    rig.says('agent:start', { agentId: 'nobody' }, 'a');
    rig.happen({ type: 'client', text: '{' });
    rig.says('no:such', {}, 'b');
    rig.says('flow:ack', { epoch: E1, sequence: 1 }, 'c');
    expect(rig.messagesOf('error').map(({ code }) => code)).toEqual([
      'AGENT_NOT_FOUND',
      'INVALID_MESSAGE',
      'UNSUPPORTED_TYPE',
      'UNSUPPORTED_TYPE',
    ]);
    expect(rig.messagesOf('ack').map(({ messageId }) => messageId)).toEqual(['a', 'b', 'c']);
    expect(rig.closed).toBeUndefined();
  });

  it('[L] is limited to 100 messages a second, and closed with 4429 after ten refusals in a row', () => {
    rig.enter();
    for (let n = 0; n < 200; n += 1) rig.says('heartbeat');
    expect(rig.messagesOf('error')).toEqual([]);
    rig.says('heartbeat');
    expect(rig.messagesOf('error')).toMatchObject([{ code: 'RATE_LIMIT', details: { retryAfter: 10 } }]);
    for (let n = 0; n < 8; n += 1) rig.says('heartbeat');
    expect(rig.closed).toBeUndefined();
    rig.says('heartbeat');
    expect(rig.closed).toBe(4429);
  });

  it('[S13] closes with 1009 for a message over 1 MiB, and with 4426 for another major', () => {
    rig.enter();
    rig.happen({ type: 'client', text: 'é'.repeat(600_000) });
    expect([rig.closed, rig.messagesOf('error')[0]?.code]).toEqual([1009, 'MESSAGE_TOO_LARGE']);
    rig = new Rig();
    rig.enter();
    rig.happen({ type: 'client', text: '{"version":"2.0.0","type":"heartbeat"}' });
    expect(rig.closed).toBe(4426);
  });
});
