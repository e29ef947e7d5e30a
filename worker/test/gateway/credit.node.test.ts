import { encodeSnapshot, type ServerPayload, textOf } from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { nextTick } from '../../src/gateway/core.ts';
import { jsonBytes, PLAIN_CREDIT } from '../../src/gateway/credit.ts';
import { batchOf, bulkOf, cursorOf, E1, epochOf, Rig, stateOf, summaryOf } from './rig.ts';

const ROOM = 'room:bash';
const E2 = epochOf(2);
/** A frame of this size takes a known part of the credit. */
const SIZE = 1_000_000;
const SILENT = Math.ceil(PLAIN_CREDIT.silent / (SIZE + PLAIN_CREDIT.envelope));
const SPOKE = Math.ceil(PLAIN_CREDIT.frame / (SIZE + PLAIN_CREDIT.envelope));

let rig: Rig;
let printed = 0;
beforeEach(() => {
  rig = new Rig();
  printed = 0;
  rig.enter();
  rig.roomOpens('bash', cursorOf(0) as never);
  rig.replay('bash', () => {});
});
/** The room prints; what the client got of it. */
function print(frames: number): number {
  const before = rig.messagesOf('agent:output').length;
  for (let count = 0; count < frames; count += 1) {
    printed += 1;
    rig.bytes(ROOM, bulkOf(printed, SIZE));
  }
  return rig.messagesOf('agent:output').length - before;
}
/** The room answers the newest question where it stands. */
function present(asOf: ServerPayload<'agent:state'>['asOf']): void {
  const asked = rig.sent(ROOM, 'agent:get_state').at(-1);
  if (asked?.id === undefined) throw new Error('it was not asked');
  rig.from(ROOM, stateOf('bash', asOf), asked.id);
}
const subscriptions = () => rig.sent(ROOM, 'subscribe:agent').length;

describe('a plain client that acks nothing', () => {
  it('[S9] and says nothing is sent 8 MiB, then its subscription is given up', () => {
    expect(print(SILENT + 5)).toBe(SILENT);
    expect(rig.sent(ROOM, 'unsubscribe')).toHaveLength(1);
    expect(rig.messagesOf('replay:gap')).toEqual([]);
  });

  it('[S9] is sent 8 MiB more a minute later, from the present: what came meanwhile is a gap', () => {
    print(SILENT + 5);
    expect(rig.sent(ROOM, 'agent:get_state')).toEqual([]);
    while (rig.now < PLAIN_CREDIT.interval) {
      rig.tick();
      for (const key of ['lobby', ROOM]) rig.happen({ type: 'text', key, text: 'pong' });
    }
    expect(rig.now).toBe(PLAIN_CREDIT.interval);
    const before = subscriptions();
    present(cursorOf(100) as never);
    expect(rig.messagesOf('replay:gap')).toEqual([{ agentId: 'bash', epoch: E1, from: SILENT + 1, to: 100 }]);
    expect(rig.sent(ROOM, 'subscribe:agent').at(-1)?.message.payload).toMatchObject({ after: cursorOf(100) });
    expect(subscriptions()).toBe(before + 1);
    // It asked for itself.
    expect(rig.messagesOf('agent:state')).toEqual([]);
    rig.replay('bash', () => {});
    printed = 100;
    expect(print(SILENT + 5)).toBe(SILENT);
  });

  it('[S9] is sent 32 MiB since its last frame of any kind', () => {
    rig.happen({ type: 'client', text: 'ping' });
    expect(print(SPOKE + 5)).toBe(SPOKE);
    rig.says('heartbeat', { sequence: 1 });
    present(cursorOf(printed) as never);
    rig.replay('bash', () => {});
    expect(print(SPOKE + 5)).toBe(SPOKE);
    const gaps = rig.messagesOf('replay:gap').map(({ from, to }) => [from, to]);
    expect(gaps).toEqual([[SPOKE + 1, SPOKE + 5]]);
  });

  it('[S9] [S6a] learns that the numbering changed while it had no credit', () => {
    print(SILENT + 1);
    rig.happen({ type: 'client', text: 'ping' });
    present({ epoch: E2, sequence: 7 });
    expect(rig.messagesOf('replay:gap')).toEqual([
      { agentId: 'bash', epoch: E1, from: SILENT + 1, to: null },
    ]);
    rig.replay('bash', () => rig.bytes(ROOM, batchOf(8, ['new'], E2)));
    expect(rig.messagesOf('stream:epoch').at(-1)).toMatchObject({
      ended: { epoch: E1, last: null },
      epoch: E2,
    });
    expect(rig.output('bash').endsWith('new')).toBe(true);
  });

  it('[S9] without credit is not subscribed to an agent that comes, or comes back, and learns what it missed', () => {
    print(SILENT + 1);
    rig.from('lobby', { type: 'agent:list', payload: { agents: [summaryOf('bash'), summaryOf('two', 2)] } });
    rig.roomOpens('two');
    expect(rig.sent('room:two', 'subscribe:agent')).toEqual([]);
    rig.happen({ type: 'lost', key: ROOM, code: 1006 });
    rig.happen({ type: 'client', text: 'ping' });
    const asked = rig.sent('room:two', 'agent:get_state').at(-1);
    rig.from('room:two', stateOf('two', cursorOf(3) as never), asked?.id);
    expect(rig.messagesOf('replay:gap')).toMatchObject([{ agentId: 'two', epoch: E1, from: 1, to: 3 }]);
    expect(rig.sent('room:two', 'subscribe:agent')).toHaveLength(1);
    const before = subscriptions();
    rig.roomOpens('bash', cursorOf(50) as never);
    expect(rig.messagesOf('replay:gap')).toHaveLength(2);
    expect(subscriptions()).toBe(before + 1);
  });

  it('[S9] has its own questions answered meanwhile', () => {
    print(SILENT + 1);
    rig.says('agent:get_state', { agentId: 'bash' }, 'mine');
    rig.from(ROOM, stateOf('bash', null), 'mine');
    expect(rig.messagesOf('agent:state')).toHaveLength(1);
  });

  it('[H2] has nothing due for its credit while it has some', () => {
    const idle = new Rig();
    idle.enter([]);
    const before = nextTick(idle.gateway);
    rig = idle;
    expect(before).toBeGreaterThan(0);
    expect(idle.gateway.credit.left).toBe(PLAIN_CREDIT.silent);
  });

  it('[S9] what is counted is no less than what the text takes', () => {
    const utf8 = new TextEncoder();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const data = utf8.encode(text);
        const size = utf8.encode(JSON.stringify(textOf(data))).length;
        expect(jsonBytes(data) - PLAIN_CREDIT.envelope + 2).toBeGreaterThanOrEqual(size);
      }),
    );
    const colours = utf8.encode('\u001b[1m"\\"\r\n'.repeat(9));
    expect(jsonBytes(colours) - PLAIN_CREDIT.envelope + 2).toBe(
      utf8.encode(JSON.stringify(textOf(colours))).length,
    );
  });
});

describe('a plain client that asks for the screen', () => {
  const part = (text: string) => new TextEncoder().encode(text);
  const screenOf = (sequence: number, data: string, epoch = E1) =>
    encodeSnapshot(
      { epoch, sequence, cols: 80, rows: 24, data: part(data), modes: part('M'), pending: part('P') },
      1,
    );
  const ask = () => rig.says('subscribe:agent', { agentId: 'bash', history: 'screen' }, 's');

  it('[S14] receives the snapshot as one text, and goes on behind it', () => {
    ask();
    expect(rig.sent(ROOM, 'subscribe:agent').at(-1)?.message.payload).toMatchObject({ history: 'screen' });
    rig.replay('bash', () => {
      rig.bytes(ROOM, screenOf(9, 'screen'));
      rig.bytes(ROOM, batchOf(10, ['next']));
    });
    const size = { cols: 80, rows: 24 };
    expect(rig.messagesOf('terminal:snapshot')).toEqual([
      { agentId: 'bash', epoch: E1, sequence: 9, ...size, data: 'screenMP' },
    ]);
    expect(rig.messagesOf('agent:output').at(-1)).toMatchObject({ data: 'next', sequence: 10 });
  });

  it('[S13] receives a gap where the snapshot is too large for a message', () => {
    ask();
    rig.replay('bash', () => rig.bytes(ROOM, screenOf(9, '\u001b'.repeat(300_000))));
    expect(rig.messagesOf('terminal:snapshot')).toEqual([]);
    expect(rig.messagesOf('replay:gap')).toEqual([{ agentId: 'bash', epoch: E1, from: 1, to: 9 }]);
  });

  it('[S6a] learns that the end of the previous numbering is unknown', () => {
    print(1);
    ask();
    rig.replay('bash', () => rig.bytes(ROOM, screenOf(9, 'x', E2)));
    expect(rig.messagesOf('stream:epoch').at(-1)).toMatchObject({
      ended: { epoch: E1, last: null },
      epoch: E2,
    });
  });
});
