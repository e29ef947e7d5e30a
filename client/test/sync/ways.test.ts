import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  doubts,
  SOCKET_FAILURES,
  SOCKETS,
  stepWays,
  type WayEvent,
  type WaysState,
  wayOf,
} from '../../src/sync/index.ts';

const after = (events: readonly WayEvent[], from: WaysState = SOCKETS) => events.reduce(stepWays, from);
const socketFails: WayEvent = { type: 'failed', way: 'socket' };
const pollFails: WayEvent = { type: 'failed', way: 'poll' };
const fails = Array.from({ length: SOCKET_FAILURES }, () => socketFails);
const tried = after([...fails, { type: 'answers' }]);
const polling = after([{ type: 'opened', way: 'poll' }], tried);

describe('which way the next dial goes', () => {
  it('[M10] by polls once three sockets came to nothing in a row and the server answers', () => {
    expect(doubts(after(fails.slice(1)))).toBe(false);
    expect(doubts(after(fails))).toBe(true);
    expect(wayOf(after(fails))).toBe('socket');
    expect(wayOf(tried)).toBe('poll');
  });

  it('[M9] by sockets as long as the server does not answer: it is away', () => {
    expect(wayOf(after([...fails, ...fails, ...fails]))).toBe('socket');
  });

  it('[M10] a socket that let us in forgets those that did not', () => {
    const opened: WayEvent = { type: 'opened', way: 'socket' };
    expect(after([socketFails, socketFails, opened, socketFails, socketFails, { type: 'answers' }])).toEqual({
      failed: 2,
      polling: 'no',
    });
  });

  it('[M10] by sockets again when the first poll fails too, and still by polls when a later one does', () => {
    expect(after([pollFails], tried)).toEqual(SOCKETS);
    expect(after([pollFails, pollFails, socketFails], polling).polling).toBe('yes');
  });

  it('[M10] by sockets again as soon as one works', () => {
    expect(after([{ type: 'found' }], polling)).toEqual(SOCKETS);
    expect(after([{ type: 'opened', way: 'socket' }], polling)).toEqual(SOCKETS);
  });

  it('[M10] never by a poll before the server answered, nor for good after a socket works', () => {
    const way = fc.constantFrom('socket' as const, 'poll' as const);
    const event = fc.oneof<fc.Arbitrary<WayEvent>[]>(
      way.map((one) => ({ type: 'opened' as const, way: one })),
      way.map((one) => ({ type: 'failed' as const, way: one })),
      fc.constant({ type: 'answers' as const }),
      fc.constant({ type: 'found' as const }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let state = SOCKETS;
        for (const each of events) {
          const next = stepWays(state, each);
          if (wayOf(state) === 'socket' && wayOf(next) === 'poll')
            expect(each.type === 'answers' || (each.type === 'opened' && each.way === 'poll')).toBe(true);
          if (each.type === 'found') expect(wayOf(next)).toBe('socket');
          state = next;
        }
      }),
    );
  });
});
