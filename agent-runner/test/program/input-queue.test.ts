import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { FlowGate } from '../../src/program/flow-gate.ts';
import { InputQueue } from '../../src/program/pty/input-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A terminal whose buffer has room for so many bytes at each try. */
function terminal(rooms: readonly number[]) {
  const taken: number[] = [];
  let tries = 0;
  const queue = new InputQueue((data) => {
    const room = rooms[tries++] ?? Number.POSITIVE_INFINITY;
    const part = data.subarray(0, room);
    taken.push(...part);
    return part.length;
  });
  return { queue, taken, tries: () => tries };
}

describe('input to a terminal', () => {
  it('arrives in order and whole, however little room there is', async () => {
    const writes = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(writes, fc.array(fc.nat(5), { maxLength: 100 }), async (pieces, rooms) => {
        const { queue, taken } = terminal(rooms);
        for (const piece of pieces) queue.write(piece);
        await vi.runAllTimersAsync();
        expect(taken).toEqual(pieces.flatMap((piece) => [...piece]));
      }),
    );
  });

  it('is offered ever less often while the program does not read', async () => {
    const { queue, tries } = terminal(Array.from({ length: 1000 }, () => 0));
    queue.write(Buffer.from('x'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tries()).toBeLessThan(210);
  });

  it('is offered at once when the program shows signs of life', async () => {
    const { queue, taken } = terminal(Array.from({ length: 10 }, () => 0));
    queue.write(Buffer.from('x'));
    await vi.advanceTimersByTimeAsync(1_000);
    for (let turn = 0; turn < 10; turn++) queue.nudge();
    expect(taken).toEqual([...Buffer.from('x')]);
  });

  it('is forgotten when the terminal closes', async () => {
    const { queue, tries } = terminal([0]);
    queue.write(Buffer.from('x'));
    queue.close();
    await vi.runAllTimersAsync();
    queue.nudge();
    expect(tries()).toBe(1);
  });
});

describe('back pressure', () => {
  it('lets nothing pass while closed and everything in order when open', () => {
    const deeds = fc.array(fc.oneof(fc.constant('hold'), fc.constant('flow'), fc.nat(255)), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(deeds, (steps) => {
        const passed: number[] = [];
        const expected: number[] = [];
        let open = false;
        const gate = new FlowGate(
          (_, data) => {
            expect(open).toBe(true);
            passed.push(...data);
          },
          { pause: () => {}, resume: () => {} },
        );
        for (const step of steps) {
          if (typeof step === 'number') {
            expected.push(step);
            gate.pass(0, Uint8Array.of(step));
          } else {
            open = step === 'flow';
            gate[step === 'flow' ? 'flow' : 'hold']();
          }
        }
        open = true;
        gate.flow();
        expect(passed).toEqual(expected);
      }),
    );
  });

  it('stops in the middle when the receiver holds again', async () => {
    const passed: string[] = [];
    const gate = new FlowGate(
      (_, data) => {
        passed.push(String(data));
        gate.hold();
      },
      { pause: () => {}, resume: () => {} },
    );
    for (const text of ['a', 'b']) gate.pass(0, Buffer.from(text));
    let opened = false;
    gate.opened().then(() => {
      opened = true;
    });
    gate.flow();
    await Promise.resolve();
    expect([passed, opened]).toEqual([['a'], false]);
    gate.flow();
    expect(passed).toEqual(['a', 'b']);
  });
});
