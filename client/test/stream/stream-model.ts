import {
  type Cursor,
  type Epoch,
  encodeBatch,
  encodeEvent,
  encodeGap,
  type Position,
  readBatch,
  type ServerPayload,
  textOf,
} from '@muster/protocol';
import { handleStream, openStream, type StreamInput, type StreamOutput } from '../../src/sync/index.ts';
import { agentId, epochOf } from './support.ts';

/** The keeper's frames, by epoch; the first `dropped` are no longer stored anywhere. */
interface ModelEpoch {
  readonly epoch: Epoch;
  last: number;
  dropped: number;
  /** The end of it was lost with the host's power: the room says `null`. */
  lostEnd: boolean;
}

/** The text of every frame, so that content can be checked: what it is and where it stands. */
export const frameText = (epoch: Epoch, sequence: number) => `${epoch.slice(-2)}:${sequence};`;
const encoder = new TextEncoder();
/** An event's own mark. */
const eventCols = (sequence: number) => (sequence % 1_000) + 1;
/** Every seventh frame is an event. */
const isEvent = (sequence: number) => sequence % 7 === 0;

export function batchInput(bytes: Uint8Array): StreamInput {
  const header = readBatch(bytes);
  if (!header.ok) throw new Error(header.error.message);
  return { type: 'batch', header: header.value, bytes };
}

/** The frames from … to of one epoch, cut into batches as S12 has it: one kind each, at most `size` frames. */
export function batchesOf(epoch: Epoch, from: number, to: number, size: number): StreamInput[] {
  const inputs: StreamInput[] = [];
  for (let first = from; first <= to; ) {
    if (isEvent(first)) {
      const event = { type: 'program:resized' as const, cols: eventCols(first), rows: 1 };
      inputs.push(batchInput(encodeEvent(epoch, first, event, 0)));
      first += 1;
      continue;
    }
    const chunks = [];
    let last = first;
    for (; last <= to && last < first + size && !isEvent(last); last += 1)
      chunks.push({ stream: 0, data: encoder.encode(frameText(epoch, last)), time: last });
    inputs.push(batchInput(encodeBatch({ kind: 'output', epoch, first, chunks })));
    first = last;
  }
  return inputs;
}

/** A room as S6 and S6a describe it, without any of its machinery. */
export class ModelRoom {
  readonly epochs: ModelEpoch[] = [{ epoch: epochOf(1), last: 0, dropped: 0, lostEnd: false }];

  get current(): ModelEpoch {
    const current = this.epochs.at(-1);
    if (current === undefined) throw new Error('a room has an epoch');
    return current;
  }

  /** New frames; what a live viewer is sent. */
  produce(count: number, size: number): StreamInput[] {
    const { current } = this;
    const from = current.last + 1;
    current.last += count;
    return batchesOf(current.epoch, from, current.last, size);
  }

  /** S10: frames the keeper had to drop: a gap batch in place of them. */
  overflow(count: number): StreamInput[] {
    const { current } = this;
    if (current.dropped !== current.last) return [];
    current.last += count;
    current.dropped = current.last;
    const { epoch } = current;
    const from = current.last - count + 1;
    return [batchInput(encodeGap({ epoch, from, to: current.last, bytes: count, time: 0 }))];
  }

  open(lostEnd: boolean): StreamInput[] {
    const ended = this.current;
    ended.lostEnd = lostEnd;
    this.epochs.push({ epoch: epochOf(this.epochs.length + 1), last: 0, dropped: 0, lostEnd: false });
    return [this.#change(ended, this.current)];
  }

  /** S6: all that follows the cursor, as far as it is kept. */
  subscribe(after: Cursor | null, size: number): StreamInput[] {
    const known = this.epochs.findIndex(({ epoch }) => epoch === after?.epoch);
    const index = after?.epoch === null ? this.epochs.length - 1 : known;
    const inputs: StreamInput[] = [{ type: 'replay:begin', payload: { agentId, from: null } }];
    if (after !== null && index === -1)
      inputs.push(this.#gap({ epoch: after.epoch, from: after.sequence + 1, to: null }));
    const start = after === null || index === -1 ? this.epochs.length - 1 : index;
    for (let n = start; n < this.epochs.length; n += 1) {
      const epoch = this.epochs[n];
      if (epoch === undefined) continue;
      const fresh = after === null || index === -1;
      const done = n === start && !fresh ? after.sequence : 0;
      inputs.push(...this.#rest(epoch, done, size, fresh));
      const next = this.epochs[n + 1];
      if (next !== undefined) inputs.push(this.#change(epoch, next));
    }
    const at: Position = { epoch: this.current.epoch, sequence: this.current.last };
    inputs.push({ type: 'replay:end', payload: { agentId, at } });
    return inputs;
  }

  #rest(epoch: ModelEpoch, done: number, size: number, fresh: boolean): StreamInput[] {
    const first = Math.max(done, epoch.dropped) + 1;
    const lost = !fresh && first > done + 1;
    return [
      ...(lost ? [this.#gap({ epoch: epoch.epoch, from: done + 1, to: first - 1 })] : []),
      ...batchesOf(epoch.epoch, first, epoch.last, size),
    ];
  }

  #gap(gap: Pick<ServerPayload<'replay:gap'>, 'epoch' | 'from' | 'to'>): StreamInput {
    return { type: 'replay:gap', payload: { agentId, ...gap } };
  }

  #change(ended: ModelEpoch, next: ModelEpoch): StreamInput {
    const last = ended.lostEnd ? null : ended.last;
    return {
      type: 'stream:epoch',
      payload: { agentId, ended: { epoch: ended.epoch, last }, epoch: next.epoch },
    };
  }
}

/** The reader under test and what came out of it. */
export class ModelViewer {
  readonly state: ReturnType<typeof openStream>;
  readonly outputs: StreamOutput[] = [];
  /** A subscription the reader asked for and nobody has answered yet. */
  wanted: { readonly after: Cursor | null } | null = null;

  constructor(after: Cursor | null = null) {
    this.state = openStream(after);
  }

  take(...inputs: readonly StreamInput[]): void {
    for (const input of inputs) {
      for (const output of handleStream(this.state, input)) {
        if (output.type === 'subscribe') this.wanted = { after: output.after };
        else this.outputs.push(output);
      }
    }
  }

  /** Lets the room answer until the reader asks for nothing more. */
  settle(room: ModelRoom, size: number): number {
    let answers = 0;
    for (; this.wanted !== null; answers += 1) {
      const { after } = this.wanted;
      this.wanted = null;
      this.take(...room.subscribe(after, size));
    }
    return answers;
  }
}

export interface Delivered {
  /** Per epoch, the numbers delivered, in the order they came out. */
  readonly delivered: Map<Epoch, number[]>;
  /** Per epoch, the numbers told as lost. */
  readonly lost: Map<Epoch, Set<number>>;
  readonly openEnds: number;
}

/**
 * S7 and S10 themselves: whatever came out is in order, each number once, delivered or told as lost, with
 * nothing skipped between. @throws Error that names what is wrong.
 */
export function checkDelivered(outputs: readonly StreamOutput[], from: Cursor | null): Delivered {
  const delivered = new Map<Epoch, number[]>();
  const lost = new Map<Epoch, Set<number>>();
  let openEnds = 0;
  let epoch: Epoch | null = from?.epoch ?? null;
  let at: number | null = from?.sequence ?? null;
  const enter = (of: Epoch) => {
    if (of !== epoch && epoch !== null) at = 0;
    epoch = of;
  };
  const next = (of: Epoch, sequence: number, text: string | null) => {
    enter(of);
    if (at !== null && sequence !== at + 1) throw new Error(`${of}: ${sequence} after ${at}`);
    if (text !== null && text !== frameText(of, sequence)) throw new Error(`${sequence} holds ${text}`);
    at = sequence;
    delivered.set(of, [...(delivered.get(of) ?? []), sequence]);
  };
  for (const output of outputs) {
    if (output.type === 'output')
      for (const frame of output.frames) next(output.epoch, frame.sequence, textOf(frame.data));
    else if (output.type === 'event') {
      if (output.event.type !== 'program:resized' || output.event.cols !== eventCols(output.sequence))
        throw new Error(`${output.sequence} holds another event`);
      next(output.epoch, output.sequence, null);
    } else if (output.type === 'gap' && output.to === null) openEnds += 1;
    else if (output.type === 'gap' && output.epoch !== null && output.to !== null) {
      enter(output.epoch);
      if (at !== null && output.from !== at + 1) throw new Error(`a gap from ${output.from} after ${at}`);
      const set = lost.get(output.epoch) ?? new Set();
      for (let n = output.from; n <= output.to; n += 1) set.add(n);
      lost.set(output.epoch, set);
      at = output.to;
    }
  }
  return { delivered, lost, openEnds };
}
