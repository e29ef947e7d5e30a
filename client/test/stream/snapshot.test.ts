import { type Epoch, encodeSnapshot } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import type { StreamInput, StreamOutput } from '../../src/sync/index.ts';
import { batchesOf, batchInput, ModelViewer } from './stream-model.ts';
import { agentId, epochOf } from './support.ts';

const A = epochOf(1);
const B = epochOf(2);
const NOTHING = new Uint8Array(0);
const begin: StreamInput = { type: 'replay:begin', payload: { agentId, from: null } };
const screenAt = (sequence: number, epoch: Epoch = A): StreamInput =>
  batchInput(
    encodeSnapshot(
      { epoch, sequence, cols: 80, rows: 24, data: Uint8Array.of(7), modes: NOTHING, pending: NOTHING },
      1,
    ),
  );

/** Replaying, with 1 … `at` of epoch A; null: with nothing. */
function viewerAt(at: number | null): ModelViewer {
  const viewer = new ModelViewer(at === null ? null : { epoch: A, sequence: at });
  viewer.take({ type: 'attach' }, begin);
  viewer.wanted = null;
  viewer.outputs.length = 0;
  return viewer;
}
/** The outputs, in short: numbers of frames, `=n` for a snapshot. */
const told = (outputs: readonly StreamOutput[]) =>
  outputs.flatMap((output): (number | string)[] => {
    if (output.type === 'output') return output.frames.map(({ sequence }) => sequence);
    if (output.type === 'event') return [output.sequence];
    return output.type === 'snapshot' ? [`=${output.snapshot.sequence}`] : [output.type];
  });

describe('a snapshot', () => {
  it('[S14] is where a reader begins, and the next frame is the one after', () => {
    const viewer = viewerAt(null);
    viewer.take(screenAt(40), ...batchesOf(A, 39, 43, 10));
    expect(told(viewer.outputs)).toEqual(['=40', 41, 42, 43]);
    expect(viewer.outputs[0]).toMatchObject({
      snapshot: { epoch: A, cols: 80, rows: 24, data: Uint8Array.of(7) },
    });
    expect(viewer.state.at).toEqual({ epoch: A, sequence: 43 });
    expect(viewer.wanted).toBeNull();
  });

  it('[S14] not above the cursor emits nothing', () => {
    const viewer = viewerAt(5);
    viewer.take(screenAt(4), screenAt(5));
    expect(viewer.outputs).toEqual([]);
    expect(viewer.state.at).toEqual({ epoch: A, sequence: 5 });
  });

  it('[S14] takes the place of what is missing, also when that was asked for', () => {
    const viewer = viewerAt(2);
    viewer.take(...batchesOf(A, 5, 6, 10));
    expect(viewer.wanted).toEqual({ after: { epoch: A, sequence: 2 } });
    viewer.take(screenAt(6), begin, ...batchesOf(A, 3, 6, 10), ...batchesOf(A, 7, 8, 10));
    expect(told(viewer.outputs).filter((item) => item !== 'replaying')).toEqual(['=6', 7, 8]);
  });

  it('[S14] never leads back: a duplicate of an earlier epoch emits nothing', () => {
    const viewer = viewerAt(null);
    const ended = { epoch: A, last: null };
    viewer.take(screenAt(5), { type: 'stream:epoch', payload: { agentId, ended, epoch: B } }, screenAt(5));
    expect(viewer.state.at).toEqual({ epoch: B, sequence: 0 });
    viewer.take(...batchesOf(A, 6, 7, 10), ...batchesOf(B, 1, 2, 10));
    expect(told(viewer.outputs)).toEqual(['=5', 'gap', 1, 2]);
    expect(viewer.wanted).toBeNull();
  });

  it('[S6a] of the next epoch ends the one before, whatever is left of that', () => {
    const viewer = viewerAt(5);
    viewer.take(screenAt(3, B), ...batchesOf(B, 4, 4, 1));
    expect(told(viewer.outputs)).toEqual(['=3', 4]);
  });

  it('[S7] of an earlier subscription counts only in the epoch the reader is in', () => {
    const fresh = new ModelViewer();
    fresh.take(screenAt(3), { type: 'attach' }, screenAt(3));
    expect(told(fresh.outputs)).toEqual([]);
    const other = new ModelViewer({ epoch: A, sequence: 2 });
    other.take({ type: 'attach' }, screenAt(9, B));
    expect(told(other.outputs)).toEqual([]);
    other.take(screenAt(9));
    expect(told(other.outputs)).toEqual(['=9']);
  });

  it('[S7] [S14] wherever snapshots come, what follows one is what comes after it, once and in order', () => {
    const act = fc.oneof(
      fc.record({ what: fc.constant('send' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ what: fc.constant('jump' as const), count: fc.nat(9) }),
      fc.record({ what: fc.constant('again' as const), count: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (acts, size) => {
        const viewer = viewerAt(0);
        let at = 0;
        const expected: (number | string)[] = [];
        for (const { what, count } of acts) {
          if (what === 'again') {
            viewer.take(
              screenAt(Math.max(1, at - count)),
              ...batchesOf(A, Math.max(1, at - count), at, size),
            );
            if (at === 0) {
              at = 1;
              expected.push('=1');
            }
            continue;
          }
          const to = at + count;
          if (what === 'send') viewer.take(...batchesOf(A, at + 1, to, size));
          else if (to > 0) viewer.take(screenAt(to));
          for (let n = at + 1; what === 'send' && n <= to; n += 1) expected.push(n);
          if (what === 'jump' && to > at) expected.push(`=${to}`);
          at = to;
        }
        expect(told(viewer.outputs)).toEqual(expected);
        expect(viewer.wanted).toBeNull();
      }),
    );
  });
});
