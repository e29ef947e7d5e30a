import { type ViewerMessage, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  handleRequests,
  MAX_PENDING,
  noRequests,
  REPEAT_WINDOW_MS,
  type RequestsEffect,
  type RequestsEvent,
  requestsDeadline,
} from '../../src/sync/index.ts';
import { agentId } from '../stream/support.ts';

const start: ViewerMessage = { type: 'agent:start', payload: { agentId } };
const input: ViewerMessage = { type: 'agent:input', payload: { agentId, data: 'x' } };
const ask = (id: string, message: ViewerMessage = start): RequestsEvent => ({ type: 'request', id, message });
const ackOf = (id: string): RequestsEvent => ({ type: 'ack', ack: { messageId: id, success: true } });

function run(steps: readonly (readonly [RequestsEvent, number])[], state = noRequests()) {
  const outputs = steps.flatMap(([event, now]) => handleRequests(state, event, { now }));
  return { state, outputs };
}
const online: readonly [RequestsEvent, number] = [{ type: 'online' }, 0];
const sends = (outputs: readonly RequestsEffect[]) =>
  outputs.flatMap((output) => (output.type === 'send' ? [output.id] : []));

describe('requests', () => {
  it('[I1] sends a request again under the same id, three times after the first, and then times out', () => {
    const { state, outputs } = run([online, [ask('a'), 0]]);
    const times: number[] = [];
    for (let at = requestsDeadline(state); at !== null; at = requestsDeadline(state)) {
      times.push(at);
      outputs.push(...handleRequests(state, { type: 'tick' }, { now: at }));
    }
    expect(times).toEqual([7_500, 15_000, 22_500, 30_000]);
    expect(sends(outputs)).toEqual(['a', 'a', 'a', 'a']);
    expect(outputs.at(-1)).toMatchObject({ type: 'failed', id: 'a', error: { code: 'COMMAND_TIMEOUT' } });
  });

  it('[M10] keeps requests while offline and sends them in order once online', () => {
    const { outputs } = run([
      [ask('a'), 0],
      [ask('b'), 1],
      [ask('c'), 2],
      [{ type: 'online' }, 3],
    ]);
    expect(sends(outputs)).toEqual(['a', 'b', 'c']);
  });

  it('[I1] sends what has no outcome again on the next socket, in the order it was asked', () => {
    const { outputs } = run([
      online,
      [ask('a'), 0],
      [ask('b'), 1],
      [ackOf('a'), 2],
      [{ type: 'offline' }, 3],
      [ask('c'), 4],
      [{ type: 'online' }, 5],
    ]);
    expect(sends(outputs)).toEqual(['a', 'b', 'b', 'c']);
  });

  it('[I2] never sends input twice and does not keep it', () => {
    const lost = run([online, [ask('i', input), 0], [{ type: 'offline' }, 1], [{ type: 'online' }, 2]]);
    expect(sends(lost.outputs)).toEqual(['i']);
    expect(lost.outputs.at(-1)).toMatchObject({ type: 'failed', id: 'i' });
    const unsent = run([[ask('j', input), 0], online]);
    expect(unsent.outputs).toMatchObject([
      { type: 'failed', id: 'j', error: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
    const quiet = run([online, [ask('k', input), 0], [{ type: 'tick' }, 29_999]]);
    expect(sends(quiet.outputs)).toEqual(['k']);
  });

  it(`[M10] refuses the request after ${MAX_PENDING} that wait`, () => {
    const filled = run(
      Array.from({ length: MAX_PENDING }, (_, index) => [ask(`${index}`), 0] as [RequestsEvent, number]),
    );
    const over = run([[ask('over'), 0]], filled.state);
    expect(over.outputs).toMatchObject([{ type: 'failed', error: { code: 'RESOURCE_EXHAUSTED' } }]);
  });

  it('[I1] whatever happens, each request has exactly one outcome, and no send after it', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('online' as const) }),
      fc.record({ type: fc.constant('offline' as const) }),
      fc.record({ type: fc.constant('tick' as const) }),
      fc.nat(30).map((n) => ackOf(`${n}`)),
      fc.boolean().map((once) => ({ type: 'new' as const, message: once ? input : start })),
    );
    const timed = fc.array(fc.tuple(step, fc.nat(9_000)), { maxLength: 80 });
    fc.assert(
      fc.property(timed, (steps) => {
        let now = 0;
        let ids = 0;
        const timeline = steps.map(([event, wait]): [RequestsEvent, number] => {
          now += wait;
          if (event.type !== 'new') return [event, now];
          ids += 1;
          return [ask(`${ids - 1}`, event.message), now];
        });
        const end: RequestsEvent = { type: 'abandon', error: wireError('SERVICE_UNAVAILABLE', 'closed') };
        const { outputs, state } = run([...timeline, [end, now]]);
        expect(state.pending).toEqual([]);
        const done = new Set<string>();
        const sent = new Map<string, number>();
        for (const output of outputs) {
          const id = output.type === 'done' ? output.ack.messageId : output.id;
          expect(done.has(id)).toBe(false);
          if (output.type === 'send') sent.set(id, (sent.get(id) ?? 0) + 1);
          else done.add(id);
          if (output.type === 'send' && output.message.type === 'agent:input') expect(sent.get(id)).toBe(1);
        }
        expect(done.size).toBe(ids);
      }),
      { numRuns: 1_000 },
    );
  });

  const MINUTE = 60_000;
  const request = (id: string, timeout: number, retries: number): RequestsEvent => ({
    type: 'request',
    id,
    message: start,
    timeout,
    retries,
  });

  it.each([
    ['on its next socket, before any timer rings', [{ type: 'offline' }, { type: 'online' }]],
    ['when its timer rings on the old socket', [{ type: 'tick' }]],
    ['when something else is asked', [{ type: 'offline' }, ask('b')]],
    ['when the old socket turns out to be gone', [{ type: 'offline' }]],
  ] satisfies [string, RequestsEvent[]][])(
    '[I1] a machine that slept for 15 min in the middle of a request does not send it again %s',
    (_, after) => {
      const slept = after.map((step): [RequestsEvent, number] => [step, 15 * MINUTE]);
      const { outputs, state } = run([online, [ask('a'), 0], ...slept]);
      expect(sends(outputs).filter((id) => id === 'a')).toEqual(['a']);
      const [outcome] = outputs.filter(({ type }) => type === 'failed');
      expect(outcome).toMatchObject({ id: 'a', outcome: 'unknown', error: { code: 'COMMAND_TIMEOUT' } });
      expect(JSON.stringify(outcome)).toContain('It is not known whether this was done');
      expect(state.pending.some(({ id }) => id === 'a')).toBe(false);
    },
  );

  it('[I1] one that was not sent in its time was not done, and one that waits longer is sent once it can be', () => {
    const { outputs } = run([
      [ask('a'), 0],
      [request('b', 20 * MINUTE, 3), 0],
      [{ type: 'online' }, 15 * MINUTE],
    ]);
    expect(outputs).toMatchObject([
      { type: 'failed', id: 'a', outcome: 'unsent' },
      { type: 'send', id: 'b' },
    ]);
  });

  it('[I1] an answer that comes late on the same socket still counts', () => {
    const { outputs } = run([online, [request('a', 60 * MINUTE, 9), 0], [{ type: 'tick' }, 20 * MINUTE]]);
    expect(sends(outputs)).toEqual(['a']);
    const late = run([online, [request('a', 60 * MINUTE, 9), 0], [ackOf('a'), 30 * MINUTE]]);
    expect(late.outputs.at(-1)).toMatchObject({ type: 'done' });
  });

  it('[I1] the error of a socket that will not come back is no answer to sent requests', () => {
    const end: RequestsEvent = { type: 'abandon', error: wireError('AUTH_FAILED', 'signed out') };
    const { outputs } = run([online, [ask('a'), 0], [{ type: 'offline' }, 1], [ask('b'), 2], [end, 3]]);
    expect(outputs.slice(1)).toMatchObject([
      {
        id: 'a',
        outcome: 'unknown',
        error: { message: 'It is not known whether this was done: signed out' },
      },
      { id: 'b', outcome: 'unsent', error: { message: 'signed out' } },
    ]);
  });

  it('[I1] however time jumps and whatever was asked for, nothing is sent again after half of the server’s memory', () => {
    const step = fc.oneof(
      ...(['online', 'offline', 'tick'] as const).map((type) => fc.record({ type: fc.constant(type) })),
      fc.record({ timeout: fc.integer({ min: 1, max: 30 * MINUTE }), retries: fc.nat(50) }),
    );
    const wait = fc.oneof(fc.nat(9_000), fc.nat(20 * MINUTE));
    fc.assert(
      fc.property(fc.array(fc.tuple(step, wait), { maxLength: 60 }), (steps) => {
        const state = noRequests();
        let now = 0;
        const first = new Map<string, number>();
        for (const [index, [event, waited]] of steps.entries()) {
          now += waited;
          const asked = 'type' in event ? event : request(`${index}`, event.timeout, event.retries);
          const outputs = handleRequests(state, asked, { now });
          for (const id of sends(outputs)) {
            first.set(id, first.get(id) ?? now);
            expect(now - (first.get(id) ?? now)).toBeLessThan(REPEAT_WINDOW_MS);
          }
          for (const output of outputs)
            if (output.type === 'failed') expect(output.outcome === 'unknown').toBe(first.has(output.id));
        }
      }),
      { numRuns: 500 },
    );
  });
});
