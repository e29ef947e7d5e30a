import { encodeBatch, encodeGap, STREAM } from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { agentId, ROOM, verified } from './core-rig.ts';
import { batchOf, claimsOf, cursorOf, E1, epochOf, Rig, summaryOf, team } from './rig.ts';

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
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
    expect(rig.messagesOf('agent:output')).toEqual([
      { agentId: 'bash', stream: 'stdout', data: 'a', timestamp: 5, sequence: 8 },
      { agentId: 'bash', stream: 'stdout', data: 'ö', timestamp: 5, sequence: 9 },
    ]);
    rig.replay('make', () => rig.bytes('room:make', batchOf(1, ['m'])));
    expect(rig.output('make')).toBe('m');
  });

  it('[C14] has nothing of conversations, which is no gap', () => {
    rig.enter([summaryOf('bash')]);
    rig.roomOpens('bash', cursorOf(7) as never);
    const update = encodeBatch({
      ...{ kind: 'output', epoch: E1, first: 8, command: 'bash.c' },
      chunks: [{ stream: STREAM.update, data: new TextEncoder().encode('{}'), time: 5 }],
    });
    rig.replay('bash', () => {
      rig.bytes(ROOM, update);
      rig.bytes(ROOM, batchOf(9, ['a']));
    });
    expect(rig.messagesOf('terminal:output')).toEqual([]);
    expect(rig.messagesOf('replay:gap')).toEqual([]);
    expect(rig.messagesOf('agent:output')).toMatchObject([{ data: 'a', sequence: 9 }]);
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
    verified(rig, 'dashboard:connect', claimsOf(), { cursors: { bash: cursorOf(3) } });
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
    expect(rig.messagesOf('connection:ack')).toHaveLength(2);
    expect(rig.messagesOf('ack')).toMatchObject([{ messageId: 'c', success: true }]);
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
    expect(rig.messagesOf('stream:epoch')).toEqual([
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
    expect(rig.messagesOf('replay:gap')).toEqual([{ agentId: 'bash', epoch: E1, from: 1, to: 4, bytes: 9 }]);
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
        expect(rig.messagesOf('replay:gap')).toEqual([]);
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
    const id = rig.messagesOf('ack').at(-1)?.result?.['subscriptionId'];
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
    expect(rig.messagesOf('error')).toMatchObject([{ code: 'SUBSCRIPTION_NOT_FOUND' }]);
    rig.says('subscribe:agent', { agentId: 'bash', filters: ['x'] });
    expect(rig.messagesOf('error').at(-1)).toMatchObject({
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
