import { KIB, MIB, type PolledFrame } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  handlePollLine,
  newPollLine,
  type PollEffect,
  type PollEvent,
  pollDeadline,
} from '../../src/transport/poll-line.ts';

const text = (value: string): PolledFrame => ({ kind: 'text', text: value });
const failed = (of: 'poll' | 'post', code: number | null = null): PollEvent => ({ type: 'failed', of, code });

/** A line beside a world that has a clock. */
function begun(...events: readonly PollEvent[]) {
  const line = newPollLine();
  const rig = {
    line,
    now: 0,
    take: (...more: readonly PollEvent[]): PollEffect[] =>
      more.flatMap((event) => handlePollLine(line, event, { now: rig.now })),
    /** Lets the pause after a failure pass. */
    pause: () => {
      rig.now = pollDeadline(line) ?? rig.now;
      return rig.take({ type: 'tick' });
    },
  };
  rig.take({ type: 'start' }, ...events);
  return rig;
}
const opened = () => begun({ type: 'polled', frames: [] });

describe('a line of polls', () => {
  it('[G5] asks for what comes behind what it has', () => {
    const rig = begun();
    const effects = rig.take({ type: 'polled', frames: [text('a'), text('b')] });
    expect(effects.map(({ type }) => type)).toEqual(['opened', 'frame', 'frame', 'poll']);
    expect(effects.at(-1)).toEqual({ type: 'poll', got: 2 });
  });

  it('[G5] ends as its last frame says, and hands on nothing behind that', () => {
    const close: PolledFrame = { kind: 'close', code: 4404, reason: '' };
    const effects = opened().take({ type: 'polled', frames: [close, text('late')] });
    expect(effects).toEqual([{ type: 'leave' }, { type: 'closed', code: 4404 }]);
  });

  it('[R2] sends one body at a time, as many texts as fit, numbered', () => {
    const rig = opened();
    expect(rig.take({ type: 'send', text: 'a' })).toEqual([{ type: 'post', from: 1, body: 'a' }]);
    const long = 'x'.repeat(200 * KIB);
    expect(rig.take(...[long, long].map((each): PollEvent => ({ type: 'send', text: each })))).toEqual([]);
    expect(rig.take({ type: 'posted' })).toEqual([{ type: 'post', from: 2, body: long }]);
    expect(rig.take({ type: 'posted' })).toEqual([{ type: 'post', from: 3, body: long }]);
    expect(rig.take({ type: 'posted' })).toEqual([]);
  });

  it('[G5] repeats what failed as it was, three times, and then it is lost', () => {
    const rig = opened();
    const [first] = rig.take({ type: 'send', text: 'a' });
    for (let repeat = 0; repeat < 3; repeat += 1) {
      expect(rig.take(failed('post'))).toEqual([]);
      expect(rig.pause()).toEqual([first]);
    }
    expect(rig.take(failed('post'))).toContainEqual({ type: 'closed', code: 1006 });
  });

  it('[G5] repeats a poll too, but no first one: that is a dial that failed', () => {
    const rig = opened();
    rig.take(failed('poll'));
    expect(rig.pause()).toEqual([{ type: 'poll', got: 0 }]);
    expect(begun().take(failed('poll'))).toContainEqual({ type: 'closed', code: 1006 });
    expect(opened().take(failed('poll', 4401))).toContainEqual({ type: 'closed', code: 4401 });
  });

  it('[I1] repeats nothing after a minute: a machine that slept dials anew', () => {
    const rig = opened();
    rig.take({ type: 'send', text: 'a' });
    rig.now = 60_000;
    expect(rig.take(failed('post'))).toContainEqual({ type: 'closed', code: 1006 });
  });

  it('is given up when an answer cannot be read, or too much waits', () => {
    expect(begun().take({ type: 'polled', frames: null })).toContainEqual({ type: 'closed', code: 1006 });
    const rig = opened();
    const much = 'x'.repeat(4 * MIB);
    const effects = rig.take(
      { type: 'send', text: 'a' },
      { type: 'send', text: much },
      { type: 'send', text: 'b' },
    );
    expect(effects.at(-1)).toEqual({ type: 'closed', code: 1006 });
  });

  it('closed by us it only leaves, and does nothing more; retired it closes', () => {
    const rig = opened();
    expect(rig.take({ type: 'close' })).toEqual([{ type: 'leave' }]);
    expect(rig.take({ type: 'start' }, { type: 'send', text: 'a' }, { type: 'retire' })).toEqual([]);
    expect(pollDeadline(rig.line)).toBeNull();
    expect(opened().take({ type: 'retire' })).toEqual([{ type: 'leave' }, { type: 'closed', code: 1001 }]);
  });

  it('[R2] whatever fails and however often, each text goes in one place, in order', () => {
    const event = fc.constantFrom<PollEvent>(
      { type: 'send', text: 'x' },
      { type: 'posted' },
      failed('post'),
      failed('poll'),
      { type: 'polled', frames: [text('y')] },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const rig = opened();
        const places = new Map<number, string>();
        let said = 0;
        for (const each of events) {
          if (each.type === 'posted' && rig.line.post === null) continue;
          if (each.type === 'send' && rig.line.phase === 'open') said += 1;
          const told = each.type === 'send' ? { ...each, text: `${said}` } : each;
          for (const effect of [...rig.take(told), ...rig.pause()]) {
            if (effect.type !== 'post') continue;
            for (const [index, line] of effect.body.split('\n').entries()) {
              const place = effect.from + index;
              expect(places.get(place) ?? line).toBe(line);
              expect(line).toBe(`${place}`);
              places.set(place, line);
            }
          }
        }
      }),
    );
  });
});
