import { EpochSchema, encodeBatch } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import {
  commits,
  E1,
  E2,
  event,
  gap,
  KEEPER,
  keeperMessages,
  opened,
  output,
  Rig,
  running,
  sent,
  sequencesTo,
  textTo,
} from './rig.ts';

/** A room with a keeper whose first frame has come. */
describe('batches from a keeper', () => {
  it('[S3] accepts the next number and forwards it at once, before anything is stored', () => {
    const rig = running();
    rig.watch('v');
    const effects = rig.batch(output(E1, 2, 'one'));
    expect(effects.map((effect) => effect.type)).toEqual(['forward']);
    expect(textTo(effects, 'v')).toBe('one');
  });

  it('[S3] drops a duplicate', () => {
    const rig = running();
    rig.watch('v');
    rig.batch(output(E1, 2, 'one'));
    expect(rig.batch(output(E1, 2, 'one'))).toEqual([]);
  });

  it('[S3] answers a hole with one resend, drops what is above it, and asks again for the next hole', () => {
    const rig = running();
    const first = rig.batch(output(E1, 4, 'late'));
    expect(keeperMessages(first, 'stream:resend')).toEqual([{ epoch: E1, from: 2 }]);
    expect(rig.batch(output(E1, 5, 'later'))).toEqual([]);
    rig.batch(output(E1, 2, 'x', 'y'));
    expect(keeperMessages(rig.batch(output(E1, 9, 'z')), 'stream:resend')).toEqual([{ epoch: E1, from: 4 }]);
  });

  it('[S4] acks only what is stored: on the keeper’s flush', () => {
    const rig = running();
    expect(keeperMessages(rig.batch(output(E1, 2, 'one')), 'stream:ack')).toEqual([]);
    const effects = rig.flush();
    expect(keeperMessages(effects, 'stream:ack')).toEqual([{ epoch: E1, sequence: 2 }]);
    expect(effects.map((effect) => effect.type)).toEqual(['commit', 'send-to-keeper']);
  });

  it('[S3, S4] asks again on a flush for the very first frame, which is all it could answer with', () => {
    const rig = new Rig();
    rig.hello();
    expect(keeperMessages(rig.batch(output(E1, 2, 'late')), 'stream:resend')).toEqual([
      { epoch: E1, from: 1 },
    ]);
    expect(keeperMessages(rig.flush(), 'stream:resend')).toEqual([{ epoch: E1, from: 1 }]);
  });

  it('[S4] answers a flush after a reset with what it has, so that the keeper sends the rest again', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'one'));
    rig.sleep();
    expect(keeperMessages(rig.flush(), 'stream:ack')).toEqual([{ epoch: E1, sequence: 1 }]);
  });

  it('[S4] stores its tail first on any event more than 1 s after the oldest unstored frame', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'one'));
    rig.now += ROOM_LIMITS.tailAge + 1;
    const effects = rig.batch(output(E1, 3, 'two'));
    expect(keeperMessages(effects, 'stream:ack')).toEqual([{ epoch: E1, sequence: 2 }]);
  });

  it('[S4] stores at 1 MiB', () => {
    const rig = running();
    const big = 'x'.repeat(10_000);
    const batch = (first: number) => output(E1, first, ...Array.from({ length: 25 }, () => big));
    const stored = [2, 27, 52, 77, 102].flatMap((first) =>
      keeperMessages(rig.batch(batch(first)), 'stream:ack'),
    );
    expect(stored).toEqual([{ epoch: E1, sequence: 101 }]);
  });

  it('[S4] stores its tail when the keeper leaves', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'one'));
    rig.batch(output(E1, 3, 'two'));
    const left = rig.do({ type: 'disconnected', connection: KEEPER });
    expect(commits(left)[0]?.segments?.[0]?.last).toBe(3);
  });

  it('[S4] stores nothing when a viewer attaches, which would wait for the disk, and sends it the tail as one message', () => {
    const rig = running();
    for (let sequence = 2; sequence < 502; sequence += 1) rig.batch(output(E1, sequence, `${sequence} `));
    rig.flush();
    for (let sequence = 502; sequence < 1_002; sequence += 1) rig.batch(output(E1, sequence, `${sequence} `));
    const effects = rig.watch('v');
    expect(commits(effects).flatMap(({ segments = [] }) => segments)).toEqual([]);
    expect(effects.filter(({ type }) => type === 'forward')).toHaveLength(2);
    expect(sequencesTo(effects, 'v')).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 2));
    expect(keeperMessages(rig.flush(), 'stream:ack')).toEqual([{ epoch: E1, sequence: 1_001 }]);
  });

  it('[S4a] commits the tail, the frame, the state and the next number in one transaction and acks at once', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'one'));
    const effects = rig.batch(
      event(E1, 3, { type: 'program:status', status: 'running', pid: 7, startedAt: 5 }),
    );
    const [commit, ...others] = commits(effects);
    expect(others).toEqual([]);
    expect(commit?.durable?.program).toEqual({ status: 'running', pid: 7, startedAt: 5 });
    expect(commit?.segments?.[0]?.last).toBe(3);
    expect(keeperMessages(effects, 'stream:ack')).toEqual([{ epoch: E1, sequence: 3 }]);
  });

  it('[S4a] a frame of output changes no state', () => {
    const rig = running();
    const before = rig.room.durable;
    rig.batch(output(E1, 2, 'one'));
    rig.flush();
    expect(rig.room.durable).toBe(before);
  });

  it('[G6] an event of a newer keeper stays in the stream and changes nothing', () => {
    const rig = running();
    rig.watch('v');
    const data = new TextEncoder().encode('{"type":"from:the-future"}');
    const newer = encodeBatch({ kind: 'event', epoch: E1, first: 2, chunks: [{ stream: 0, data, time: 1 }] });
    const before = rig.room.durable;
    const effects = rig.batch(newer);
    expect(keeperMessages(effects, 'stream:ack')).toEqual([{ epoch: E1, sequence: 2 }]);
    expect(rig.room.durable).toEqual(before);
    expect(sequencesTo(rig.batch(output(E1, 3, 'more')), 'v')).toEqual([3]);
  });

  it('[S3] after a reset in mid-stream it asks for what it lost, and nobody gets a hole', () => {
    const rig = running();
    rig.watch('v');
    rig.batch(output(E1, 2, 'one'));
    rig.sleep();
    const effects = rig.batch(output(E1, 3, 'two'));
    expect(keeperMessages(effects, 'stream:resend')).toEqual([{ epoch: E1, from: 2 }]);
    expect(sequencesTo(effects, 'v')).toEqual([]);
    rig.effects.length = 0;
    rig.batch(output(E1, 2, 'one'));
    rig.batch(output(E1, 3, 'two'));
    expect(textTo(rig.effects, 'v')).toBe('onetwo');
  });

  it('[S5] rewrites the newest segment until it holds 64 KiB: one row', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'x'.repeat(1000)));
    rig.flush();
    rig.batch(output(E1, 3, 'y'.repeat(70_000)));
    const [second] = commits(rig.flush());
    expect(second?.segments).toMatchObject([{ slot: 1, first: 1, last: 3 }]);
    rig.batch(output(E1, 4, 'z'));
    const [third] = commits(rig.flush());
    expect(third?.segments).toMatchObject([{ slot: 2, first: 4, last: 4 }]);
  });

  it('[S5] discards whole old segments above 8 MiB and 1,000 frames, and uses their rows again', () => {
    const rig = running();
    const chunks = Array.from({ length: 50 }, () => 'x'.repeat(5_000));
    for (let first = 2; first < 4_000; first += chunks.length) {
      rig.batch(output(E1, first, ...chunks));
      rig.flush();
    }
    const { segments } = rig.store.load();
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    expect(bytes).toBeGreaterThan(8 * 2 ** 20);
    expect(bytes).toBeLessThan(9 * 2 ** 20);
    expect(segments.length).toBe(Math.max(...segments.map((segment) => segment.slot)));
  });

  it('[S10] reads a gap that reaches back as the rest of it, and ignores one that is over', () => {
    const rig = running();
    rig.watch('v');
    rig.batch(output(E1, 2, 'a', 'b'));
    expect(rig.batch(gap(E1, 2, 3))).toEqual([]);
    rig.batch(gap(E1, 2, 9));
    expect(rig.room.next).toBe(10);
    expect(textTo(rig.batch(output(E1, 10, 'c')), 'v')).toBe('c');
  });
});

describe('a change of epoch', () => {
  it('[S1] is taken when the old epoch is complete, and announced before its first frame', () => {
    const rig = running();
    rig.watch('v');
    rig.batch(output(E1, 2, 'old'));
    const effects = rig.batch(opened(E2, { epoch: E1, last: 2, complete: true }));
    expect(sent(effects, 'v', 'stream:epoch')).toEqual([
      { agentId: 'a', ended: { epoch: E1, last: 2 }, epoch: E2 },
    ]);
    const order = effects
      .filter((effect) => effect.type === 'send' || effect.type === 'forward')
      .map((e) => e.type);
    expect(order.indexOf('send')).toBeLessThan(order.lastIndexOf('forward'));
    expect(keeperMessages(effects, 'stream:ack')).toEqual([
      { epoch: E1, sequence: 2 },
      { epoch: E2, sequence: 1 },
    ]);
  });

  it('[S1] waits for the rest of the old epoch', () => {
    const rig = running();
    const effects = rig.batch(opened(E2, { epoch: E1, last: 3, complete: false }));
    expect(keeperMessages(effects, 'stream:resend')).toEqual([{ epoch: E1, from: 2 }]);
    expect(rig.room.durable?.epoch).toBe(E1);
  });

  it('[S1] asks for a whole epoch that it never saw, and goes on when the host has forgotten it', () => {
    const rig = running();
    const E3 = EpochSchema.parse('00000000000000e3');
    const skipped = opened(E3, { epoch: E2, last: 4, complete: true });
    expect(keeperMessages(rig.batch(skipped), 'stream:resend')).toEqual([{ epoch: E2, from: 1 }]);
    for (let asked = 1; asked < ROOM_LIMITS.epochAsks; asked += 1) {
      // Something of it has come again, so that the room asks anew.
      rig.batch(output(E3, 2, 'x'));
      expect(keeperMessages(rig.batch(skipped), 'stream:resend')).toEqual([{ epoch: E2, from: 1 }]);
      expect(rig.room.durable?.epoch).toBe(E1);
    }
    rig.batch(skipped);
    expect(rig.room.durable?.epoch).toBe(E3);
  });

  it('[S1] never goes back to an epoch that it went on without', () => {
    const rig = running();
    const E3 = EpochSchema.parse('00000000000000e3');
    const skipped = opened(E3, { epoch: E2, last: 4, complete: true });
    for (let asked = 0; asked <= ROOM_LIMITS.epochAsks; asked += 1) rig.batch(skipped);
    expect(rig.room.durable?.epoch).toBe(E3);
    rig.batch(opened(E2, { epoch: E1, last: 1, complete: true }));
    expect(rig.room.durable?.epoch).toBe(E3);
    rig.batch(output(E3, 2, 'x'));
    expect(rig.room.next).toBe(3);
  });

  it('[S1] a room that has nothing yet takes the oldest epoch first, whichever frame comes first', () => {
    const rig = new Rig();
    rig.hello();
    const later = opened(E2, { epoch: E1, last: 2, complete: true });
    expect(keeperMessages(rig.batch(later), 'stream:resend')).toEqual([{ epoch: E1, from: 1 }]);
    expect(rig.room.durable?.epoch).toBeNull();
    for (const batch of [opened(E1), output(E1, 2, 'old'), later]) rig.batch(batch);
    expect(rig.room.durable?.epoch).toBe(E2);
    expect(rig.room.durable?.past).toEqual([{ epoch: E1, last: 2, stored: 2 }]);
  });

  it('[S1] a room that began without an epoch never goes back to it', () => {
    const rig = new Rig();
    rig.hello();
    const later = opened(E2, { epoch: E1, last: 2, complete: true });
    for (let asked = 0; asked <= ROOM_LIMITS.epochAsks; asked += 1) rig.batch(later);
    rig.batch(opened(E1));
    expect(rig.room.durable?.epoch).toBe(E2);
    rig.batch(output(E2, 2, 'x'));
    expect(rig.room.next).toBe(3);
  });

  it('[S3] asks for nothing else while the rest of its epoch is on its way', () => {
    const rig = running();
    const E3 = EpochSchema.parse('00000000000000e3');
    expect(keeperMessages(rig.batch(output(E1, 3, 'x')), 'stream:resend')).toEqual([{ epoch: E1, from: 2 }]);
    expect(keeperMessages(rig.batch(output(E2, 2, 'x')), 'stream:resend')).toEqual([]);
    expect(
      keeperMessages(rig.batch(opened(E3, { epoch: E2, last: 4, complete: true })), 'stream:resend'),
    ).toEqual([]);
  });

  it('[S1] does not start in the middle of an epoch', () => {
    const rig = running();
    expect(keeperMessages(rig.batch(output(E2, 5, 'x')), 'stream:resend')).toEqual([{ epoch: E2, from: 1 }]);
  });

  it('[S1] drops late frames of the epoch before', () => {
    const rig = running();
    rig.batch(opened(E2, { epoch: E1, last: 1, complete: true }));
    expect(rig.batch(output(E1, 2, 'late'))).toEqual([]);
    expect(rig.room.durable?.epoch).toBe(E2);
  });

  it('[S6a] a cursor of the previous epoch gets its rest, the mark of its lost end, then the new one from 1', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a'));
    rig.batch(output(E1, 3, 'b'));
    rig.batch(opened(E2, { epoch: E1, last: 3, complete: false }));
    rig.batch(output(E2, 2, 'c'));
    const effects = rig.watch('v', { after: { epoch: E1, sequence: 2 } });
    expect(textTo(effects, 'v')).toBe('bc');
    expect(sent(effects, 'v', 'replay:gap')).toEqual([{ agentId: 'a', epoch: E1, from: 4, to: null }]);
    expect(sent(effects, 'v', 'stream:epoch')).toEqual([
      { agentId: 'a', ended: { epoch: E1, last: null }, epoch: E2 },
    ]);
  });

  it('[S6a] an unknown epoch counts as no cursor and a gap', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'a'));
    const effects = rig.watch('v', { after: { epoch: E2, sequence: 7 } });
    expect(sent(effects, 'v', 'replay:gap')).toEqual([{ agentId: 'a', epoch: E2, from: 8, to: null }]);
    expect(textTo(effects, 'v')).toBe('a');
  });
});
