import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import type { StreamInput } from '../../src/sync/index.ts';
import { checkDelivered } from './stream-model.ts';
import { A, live, type Step } from './stream-rig.ts';

type Fault = 'none' | 'drop' | 'double' | 'swap';

const faults = fc.infiniteStream(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fault>('none') },
    { weight: 1, arbitrary: fc.constantFrom<Fault>('drop', 'double', 'swap') },
  ),
);

/** Applies a bad link's faults to a run of messages. */
function mangle(inputs: readonly StreamInput[], next: () => Fault): StreamInput[] {
  const out: StreamInput[] = [];
  for (const input of inputs) {
    const fault = input.type === 'batch' ? next() : 'none';
    if (fault === 'drop') continue;
    out.push(input);
    if (fault === 'double') out.push(input);
    const before = out.at(-2);
    if (fault === 'swap' && before?.type === 'batch') out.splice(-2, 2, input, before);
  }
  return out;
}

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.nat(20).map((count): Step => ({ type: 'produce', count: count + 1 })) },
    { weight: 2, arbitrary: fc.constantFrom<Step>({ type: 'cut' }, { type: 'restart' }) },
    { weight: 1, arbitrary: fc.nat(5).map((count): Step => ({ type: 'overflow', count: count + 1 })) },
    { weight: 1, arbitrary: fc.nat(30).map((count): Step => ({ type: 'forget', count })) },
    { weight: 1, arbitrary: fc.boolean().map((lostEnd): Step => ({ type: 'epoch', lostEnd })) },
  ),
  { maxLength: 60 },
);

/** Battery 3: ten thousand sequences between the two. */
const RUNS = 5_000;

const MINUTE = 60_000;

describe('stream against a model', () => {
  it(
    `[S7] [S10] with a link that drops, doubles and swaps: exactly once, in order, no silent hole`,
    () => {
      fc.assert(
        fc.property(steps, faults, (script, stream) => {
          const next = () => stream.next().value ?? 'none';
          const bad = (inputs: readonly StreamInput[]) => mangle(inputs, next);
          const { room, viewer } = live(script, bad, bad);
          checkDelivered(viewer.outputs, { epoch: A, sequence: 0 });
          expect(viewer.state).toMatchObject({
            phase: 'live',
            at: { epoch: room.current.epoch, sequence: room.current.last },
          });
        }),
        { numRuns: RUNS },
      );
    },
    MINUTE,
  );

  it(
    '[S7] while subscriptions are answered in full nothing that is kept is told as lost',
    () => {
      fc.assert(
        fc.property(steps, faults, (script, stream) => {
          const next = () => stream.next().value ?? 'none';
          const { room, viewer } = live(
            script,
            (inputs) => mangle(inputs, next),
            (inputs) => inputs,
          );
          const { lost, delivered } = checkDelivered(viewer.outputs, { epoch: A, sequence: 0 });
          for (const { epoch, last, dropped, lostEnd } of room.epochs) {
            for (const sequence of lost.get(epoch) ?? []) expect(sequence).toBeLessThanOrEqual(dropped);
            const told = (delivered.get(epoch)?.length ?? 0) + (lost.get(epoch)?.size ?? 0);
            if (!lostEnd) expect(told).toBe(last);
          }
        }),
        { numRuns: RUNS },
      );
    },
    MINUTE,
  );
});
