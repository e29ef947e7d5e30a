import { encodeBatch, encodeGap, type ServerPayload } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { handleStream, openStream, seek } from '../../src/stream/stream.ts';
import { MAX_ASKS, type StreamInput, type StreamOutput } from '../../src/sync/index.ts';
import { batchesOf, batchInput, ModelRoom, ModelViewer } from './stream-model.ts';
import { A } from './stream-rig.ts';
import { agentId, epochOf } from './support.ts';

const B = epochOf(2);

const begin: StreamInput = { type: 'replay:begin', payload: { agentId, from: null } };

const end = (sequence: number, epoch = A): StreamInput => ({
  type: 'replay:end',
  payload: { agentId, at: { epoch, sequence } },
});

const changed = (last: number | null): StreamInput => ({
  type: 'stream:epoch',
  payload: { agentId, ended: { epoch: A, last }, epoch: B },
});

const lostBetween = (gap: Pick<ServerPayload<'replay:gap'>, 'epoch' | 'from' | 'to'>): StreamInput => ({
  type: 'replay:gap',
  payload: { agentId, ...gap },
});

/** A live reader of epoch A that has 1 … `at`. */
function liveAt(at: number): ModelViewer {
  const viewer = new ModelViewer({ epoch: A, sequence: at });
  viewer.take({ type: 'attach' }, begin, end(at));
  viewer.wanted = null;
  viewer.outputs.length = 0;
  return viewer;
}

const numbers = (outputs: readonly StreamOutput[]) =>
  outputs.flatMap((output) => (output.type === 'output' ? output.frames.map((f) => f.sequence) : []));

describe('stream', () => {
  it('[C14] goes on behind a position that it is given while it is detached, and never back in its epoch', () => {
    const stream = openStream(null);
    seek(stream, null);
    expect(stream.at).toBeNull();
    seek(stream, { epoch: A, sequence: 7 });
    seek(stream, { epoch: A, sequence: 3 });
    expect(handleStream(stream, { type: 'attach' })).toContainEqual({
      type: 'subscribe',
      after: { epoch: A, sequence: 7 },
    });
    seek(stream, { epoch: B, sequence: 1 });
    expect(stream.at).toEqual({ epoch: B, sequence: 1 });
  });

  it('[S7] drops a duplicate batch', () => {
    const viewer = liveAt(0);
    const batches = batchesOf(A, 1, 3, 10);
    viewer.take(...batches, ...batches);
    expect(numbers(viewer.outputs)).toEqual([1, 2, 3]);
  });

  it('[S7] drops the delivered prefix of a batch that reaches over the cursor', () => {
    const viewer = liveAt(3);
    viewer.take(...batchesOf(A, 1, 6, 10));
    expect(numbers(viewer.outputs)).toEqual([4, 5, 6]);
  });

  it('[S7] delivers events in their place between the frames', () => {
    const viewer = liveAt(0);
    viewer.take(...batchesOf(A, 1, 9, 4));
    expect(viewer.outputs.map((o) => (o.type === 'event' ? o.sequence : o.type))).toEqual([
      'output',
      'output',
      7,
      'output',
    ]);
  });

  it('[S7] an unknown event takes its number and emits nothing', () => {
    const viewer = liveAt(0);
    const data = new TextEncoder().encode('{"type":"from:the-future"}');
    viewer.take(
      batchInput(encodeBatch({ kind: 'event', epoch: A, first: 1, chunks: [{ stream: 0, data, time: 0 }] })),
    );
    viewer.take(...batchesOf(A, 2, 3, 4));
    expect(viewer.wanted).toBeNull();
    expect(numbers(viewer.outputs)).toEqual([2, 3]);
  });

  it('[S7] never delivers over a hole: it asks again from its cursor, once', () => {
    const viewer = liveAt(2);
    viewer.take(...batchesOf(A, 5, 6, 10), ...batchesOf(A, 8, 9, 10));
    expect(viewer.outputs).toEqual([]);
    expect(viewer.wanted).toEqual({ after: { epoch: A, sequence: 2 } });
    viewer.take(begin, ...batchesOf(A, 3, 6, 10), end(6));
    expect(numbers(viewer.outputs)).toEqual([3, 4, 5, 6]);
  });

  it('[S7] notices missing first frames too: a replay says where it begins', () => {
    const viewer = new ModelViewer(null);
    viewer.take({ type: 'attach' });
    viewer.wanted = null;
    const from1: StreamInput = {
      type: 'replay:begin',
      payload: { agentId, from: { epoch: A, sequence: 1 } },
    };
    viewer.take(from1, ...batchesOf(A, 3, 6, 10));
    expect(numbers(viewer.outputs)).toEqual([]);
    expect(viewer.wanted).toEqual({ after: { epoch: A, sequence: 0 } });
  });

  it(`[S7] tells a hole as a gap when ${MAX_ASKS} answers did not fill it`, () => {
    const viewer = liveAt(2);
    for (let n = 0; n < MAX_ASKS; n += 1) {
      viewer.take(...batchesOf(A, 5, 6, 10));
      expect(viewer.wanted).not.toBeNull();
      viewer.wanted = null;
      viewer.take(begin);
    }
    viewer.take(...batchesOf(A, 5, 6, 10));
    expect(viewer.wanted).toBeNull();
    expect(viewer.outputs.filter((o) => o.type === 'gap')).toEqual([
      { type: 'gap', epoch: A, from: 3, to: 4 },
    ]);
    expect(numbers(viewer.outputs)).toEqual([5, 6]);
  });

  it('[S7] asks again when a replay ends before the place it says it reached', () => {
    const viewer = new ModelViewer({ epoch: A, sequence: 2 });
    viewer.take({ type: 'attach' });
    viewer.wanted = null;
    viewer.take(begin, end(5));
    expect(viewer.wanted).toEqual({ after: { epoch: A, sequence: 2 } });
  });

  it('[S10] ignores a gap it has passed, and reads any other as what follows its cursor', () => {
    const viewer = liveAt(5);
    const gap = (from: number, to: number) =>
      batchInput(encodeGap({ epoch: A, from, to, bytes: 9, time: 0 }));
    viewer.take(gap(2, 5));
    expect(viewer.outputs).toEqual([]);
    viewer.take(gap(2, 8), gap(9, 9));
    expect(viewer.outputs).toEqual([
      { type: 'gap', epoch: A, from: 6, to: 8, bytes: 9 },
      { type: 'gap', epoch: A, from: 9, to: 9, bytes: 9 },
    ]);
    viewer.take(gap(15, 16));
    expect(viewer.wanted).toEqual({ after: { epoch: A, sequence: 9 } });
  });

  it('[S10] a replay:gap is read like a gap batch', () => {
    const viewer = liveAt(5);
    viewer.take(lostBetween({ epoch: A, from: 2, to: 5 }), lostBetween({ epoch: A, from: 6, to: 7 }));
    expect(viewer.outputs).toEqual([{ type: 'gap', epoch: A, from: 6, to: 7 }]);
    viewer.take(lostBetween({ epoch: A, from: 9, to: 9 }));
    expect(viewer.outputs).toHaveLength(1);
    expect(viewer.wanted).toEqual({ after: { epoch: A, sequence: 7 } });
  });

  it('[S6a] goes on from 1 in the next epoch', () => {
    const viewer = liveAt(3);
    viewer.take(changed(3), changed(3), ...batchesOf(B, 1, 2, 9));
    expect(viewer.outputs).toMatchObject([{ type: 'output', epoch: B }]);
    expect(viewer.state.at).toEqual({ epoch: B, sequence: 2 });
  });

  it('[S6a] asks for the rest of an epoch that ended further on', () => {
    const viewer = liveAt(3);
    viewer.take(changed(5), ...batchesOf(B, 1, 2, 9));
    expect(viewer.outputs).toEqual([]);
    expect(viewer.wanted).toEqual({ after: { epoch: A, sequence: 3 } });
  });

  it('[S6a] emits once that the end of an epoch was lost', () => {
    const viewer = liveAt(3);
    viewer.take(changed(null), ...batchesOf(B, 1, 1, 9));
    expect(viewer.outputs).toMatchObject([{ type: 'gap', epoch: A, from: 4, to: null }, { type: 'output' }]);

    const again = liveAt(3);
    again.take(lostBetween({ epoch: A, from: 4, to: null }), changed(null), ...batchesOf(B, 1, 1, 9));
    expect(again.outputs).toMatchObject([{ type: 'gap', epoch: A, from: 4, to: null }, { type: 'output' }]);
  });

  it('[S6a] a cursor of an unknown epoch: a gap, then everything there is', () => {
    const viewer = new ModelViewer({ epoch: epochOf(99), sequence: 7 });
    const room = new ModelRoom();
    room.produce(10, 4);
    viewer.take({ type: 'attach' });
    viewer.settle(room, 4);
    expect(viewer.outputs).toContainEqual({ type: 'gap', epoch: epochOf(99), from: 8, to: null });
    expect(numbers(viewer.outputs)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10]);
  });

  it('[S6a] `epoch: null` means the current one; a place beyond its end waits', () => {
    const viewer = new ModelViewer({ epoch: null, sequence: 4 });
    const room = new ModelRoom();
    room.produce(2, 4);
    viewer.take({ type: 'attach' });
    viewer.settle(room, 4);
    viewer.take(...room.produce(4, 9));
    expect(numbers(viewer.outputs)).toEqual([5, 6]);
    expect(viewer.state.at).toEqual({ epoch: A, sequence: 6 });
  });

  it('[S6] without a cursor it begins where the server begins', () => {
    const viewer = new ModelViewer();
    viewer.take({ type: 'attach' }, ...batchesOf(A, 1, 2, 9), begin, ...batchesOf(A, 400, 401, 9), end(401));
    expect(numbers(viewer.outputs)).toEqual([400, 401]);
    expect(viewer.outputs.at(-1)).toEqual({ type: 'replaying', value: false });
  });

  it('[S6] without a cursor a gap comes first where the beginning is lost', () => {
    const viewer = new ModelViewer();
    viewer.take({ type: 'attach' }, begin, lostBetween({ epoch: A, from: 1, to: 399 }));
    viewer.take(...batchesOf(A, 400, 401, 9));
    expect(viewer.outputs.slice(1)).toMatchObject([
      { type: 'gap', epoch: A, from: 1, to: 399 },
      { type: 'output' },
    ]);
  });

  it('[S7] what comes on a socket that is gone is not delivered', () => {
    const viewer = liveAt(0);
    viewer.take({ type: 'detach' }, ...batchesOf(A, 1, 2, 9), begin, end(2), changed(2));
    expect(viewer.outputs).toEqual([]);
    expect(viewer.state).toMatchObject({ phase: 'detached', at: { epoch: A, sequence: 0 } });
  });
});
