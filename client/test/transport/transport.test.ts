import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  SOCKET_FAILURES,
  SOCKETS,
  shouldProbeServer,
  stepTransport,
  type TransportEvent,
  type TransportState,
  transportOf,
} from '../../src/sync/index.ts';

const after = (events: readonly TransportEvent[], from: TransportState = SOCKETS) =>
  events.reduce(stepTransport, from);
const socketFails: TransportEvent = { type: 'failed', transport: 'socket' };
const pollFails: TransportEvent = { type: 'failed', transport: 'poll' };
const fails = Array.from({ length: SOCKET_FAILURES }, () => socketFails);
const tried = after([...fails, { type: 'answers' }]);
const polling = after([{ type: 'opened', transport: 'poll' }], tried);

describe('the transport of the next dial', () => {
  it('[M10] by polls once three sockets came to nothing in a row and the server answers', () => {
    expect(shouldProbeServer(after(fails.slice(1)))).toBe(false);
    expect(shouldProbeServer(after(fails))).toBe(true);
    expect(transportOf(after(fails))).toBe('socket');
    expect(transportOf(tried)).toBe('poll');
  });

  it('[M9] by sockets as long as the server does not answer: it is away', () => {
    expect(transportOf(after([...fails, ...fails, ...fails]))).toBe('socket');
  });

  it('[M10] a socket that let us in forgets those that did not', () => {
    const opened: TransportEvent = { type: 'opened', transport: 'socket' };
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
    expect(after([{ type: 'opened', transport: 'socket' }], polling)).toEqual(SOCKETS);
  });

  it('[M10] never by a poll before the server answered, nor for good after a socket works', () => {
    const transport = fc.constantFrom('socket' as const, 'poll' as const);
    const event = fc.oneof<fc.Arbitrary<TransportEvent>[]>(
      transport.map((one) => ({ type: 'opened' as const, transport: one })),
      transport.map((one) => ({ type: 'failed' as const, transport: one })),
      fc.constant({ type: 'answers' as const }),
      fc.constant({ type: 'found' as const }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let state = SOCKETS;
        for (const each of events) {
          const next = stepTransport(state, each);
          if (transportOf(state) === 'socket' && transportOf(next) === 'poll')
            expect(each.type === 'answers' || (each.type === 'opened' && each.transport === 'poll')).toBe(
              true,
            );
          if (each.type === 'found') expect(transportOf(next)).toBe('socket');
          state = next;
        }
      }),
    );
  });
});
