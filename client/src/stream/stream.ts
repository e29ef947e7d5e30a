import {
  type BatchHeader,
  type Cursor,
  decodeEvents,
  type Epoch,
  type Frame,
  framesOf,
  type Position,
  type ProgramEvent,
  type ServerPayload,
  type Snapshot,
  snapshotOf,
} from '@muster/protocol';
import type { StreamMessage } from './stream-message.ts';

/**
 * S7: one reader's place in one agent's stream. Whatever arrives, in whatever order and however often,
 * comes out exactly once, in order, and what is missing comes out as a gap.
 */
export interface StreamState {
  /** Everything up to here was delivered. null: nothing yet, and the server says where it begins. */
  at: Cursor | null;
  /** The rest of `at.epoch` is lost and was told as a gap (S6a). */
  endLost: boolean;
  /** S7: the epochs it has left on this socket, newest last: what still comes of them is late, and would lead it back. */
  left: readonly Epoch[];
  phase: StreamPhase;
  /** Times in a row it asked again for the same missing frame. */
  asked: number;
}

/**
 * `detached`: no socket. `asking`: subscribed, the answer has not begun, so what arrives may belong to
 * an earlier subscription. `replaying`, `live`: what arrives follows on from the last subscription.
 */
export type StreamPhase = 'detached' | 'asking' | 'replaying' | 'live';

/** Epochs that are known as left: as many as a room knows (S6a). */
const LEFT_EPOCHS = 16;
/** How often a hole is asked for again before it is told as a gap: the server then has no more than it sent. */
export const MAX_ASKS = 2;

export type StreamInput =
  /** A socket is ready: subscribe on it. */
  | { readonly type: 'attach' }
  | { readonly type: 'detach' }
  | { readonly type: 'batch'; readonly header: BatchHeader; readonly bytes: Uint8Array }
  | StreamMessage;

export type StreamOutput =
  /** Send `subscribe:agent` with this cursor. */
  | { readonly type: 'subscribe'; readonly after: Cursor | null }
  | {
      readonly type: 'output';
      readonly epoch: Epoch;
      /** The command it belongs to; '': the program's. */
      readonly command: string;
      readonly frames: readonly Frame[];
    }
  | {
      readonly type: 'event';
      readonly epoch: Epoch;
      readonly sequence: number;
      readonly event: ProgramEvent;
      /** ms since 1970, by the host's clock. */
      readonly time: number;
      readonly replayed: boolean;
    }
  /** The frames from … to are lost; `to: null`, to an end nobody knows. `epoch: null`: nobody knows which. */
  | {
      readonly type: 'gap';
      readonly epoch: Epoch | null;
      readonly from: number;
      readonly to: number | null;
      readonly bytes?: number;
    }
  /** S14: takes the place of all before it, what was delivered and what was not. */
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'replaying'; readonly value: boolean };

/** One input on its way through the core. */
interface UnitOfWork {
  readonly stream: StreamState;
  readonly out: StreamOutput[];
}

export function openStream(after: Cursor | null): StreamState {
  return { at: after, endLost: false, left: [], phase: 'detached', asked: 0 };
}

/** While it is detached: it goes on behind `after`, or from where it is where that is later in the same epoch. */
export function seek(stream: StreamState, after: Cursor | null): void {
  const { at } = stream;
  if (after === null || (at?.epoch === after.epoch && at.sequence >= after.sequence)) return;
  stream.at = after;
  stream.endLost = false;
}

/** Takes one thing that happened; what comes out is to be carried out in its order. */
export function handleStream(stream: StreamState, input: StreamInput): readonly StreamOutput[] {
  const work: UnitOfWork = { stream, out: [] };
  dispatch(work, input);
  return work.out;
}

function dispatch(work: UnitOfWork, input: StreamInput): void {
  const { stream } = work;
  switch (input.type) {
    case 'attach':
      stream.phase = 'asking';
      stream.asked = 0;
      stream.left = [];
      return subscribe(work);
    case 'detach':
      return setPhase(work, 'detached');
    case 'batch':
      if (stream.left.includes(input.header.epoch)) return;
      if (input.header.kind === 'snapshot') return handleSnapshot(work, input.header, input.bytes);
      return handleBatch(work, input.header, input.bytes);
    case 'replay:begin':
      return handleBegin(work, input.payload.from);
    case 'replay:gap':
      return handleGap(work, input.payload);
    case 'replay:end':
      return handleEnd(work, input.payload.at);
    case 'stream:epoch':
      return handleEpoch(work, input.payload);
  }
}

const subscribe = ({ stream, out }: UnitOfWork): void => {
  out.push({ type: 'subscribe', after: stream.at });
};

/** Tells when `replaying` changed. */
function setPhase({ stream, out }: UnitOfWork, phase: StreamPhase): void {
  const was = stream.phase === 'replaying';
  const is = phase === 'replaying';
  stream.phase = phase;
  if (was !== is) out.push({ type: 'replaying', value: is });
}

/**
 * Frames between `at` and the arrived one are missing: ask again from `at`. Frames the server still does not
 * send after that are lost, and `accept` reports them as a gap.
 */
function handleHole(work: UnitOfWork, accept: () => void): void {
  const { stream } = work;
  if (stream.phase === 'asking' || stream.phase === 'detached') return;
  if (stream.asked >= MAX_ASKS) {
    stream.asked = 0;
    return accept();
  }
  stream.asked += 1;
  setPhase(work, 'asking');
  subscribe(work);
}

function handleBatch(work: UnitOfWork, header: BatchHeader, bytes: Uint8Array): void {
  const { stream } = work;
  const { epoch, first } = header;
  const { at, phase } = stream;
  if (phase === 'detached' || (phase === 'asking' && at === null)) return;
  if (at === null || at.epoch === null) stream.at = { epoch, sequence: at?.sequence ?? first - 1 };
  else if (at.epoch !== epoch) {
    const move = () => {
      leaveEpoch(work, epoch);
      handleBatch(work, header, bytes);
    };
    return stream.endLost && phase !== 'asking' ? move() : handleHole(work, move);
  }
  const { sequence } = stream.at ?? { sequence: 0 };
  if (header.last <= sequence) return;
  if (first <= sequence + 1) return takeBatch(work, header, bytes);
  handleHole(work, () => {
    markGap(work, first - 1);
    takeBatch(work, header, bytes);
  });
}

/** S14: a jump forward; one that is not above the cursor emits nothing new. */
function handleSnapshot(work: UnitOfWork, header: BatchHeader, bytes: Uint8Array): void {
  const { at, phase } = work.stream;
  const { epoch, last } = header;
  if (phase === 'detached' || (phase === 'asking' && at?.epoch !== epoch)) return;
  if (at !== null && (at.epoch ?? epoch) === epoch && last <= at.sequence) return;
  const snapshot = snapshotOf(bytes, header);
  if (!snapshot.ok) return;
  enter(work, epoch, last);
  work.stream.asked = 0;
  work.out.push({ type: 'snapshot', snapshot: snapshot.value });
}

/** Delivers what is new in a batch that begins at `at` + 1 or before; the part already delivered is dropped. */
function takeBatch(work: UnitOfWork, header: BatchHeader, bytes: Uint8Array): void {
  const { stream, out } = work;
  const { epoch, kind, last, command, first, time } = header;
  const from = (stream.at?.sequence ?? 0) + 1;
  if (kind === 'gap') return markGap(work, last, header.rawSize);
  stream.at = { epoch, sequence: last };
  stream.asked = 0;
  if (kind === 'output') {
    const frames: Frame[] = [];
    for (const frame of framesOf(bytes, header)) if (frame.sequence >= from) frames.push(frame);
    out.push({ type: 'output', epoch, command, frames });
    return;
  }
  const events = decodeEvents(bytes, header);
  // An event of a newer keeper that this reader does not know takes its number and tells nothing.
  if (!events.ok) return;
  const replayed = stream.phase === 'replaying';
  for (const [index, event] of events.value.entries()) {
    const sequence = first + index;
    if (sequence >= from) out.push({ type: 'event', epoch, sequence, event, time, replayed });
  }
}

/** S10: everything after `at` up to `to` is lost. */
function markGap({ stream, out }: UnitOfWork, to: number, bytes?: number): void {
  const { at } = stream;
  if (at === null || to <= at.sequence) return;
  const size = bytes === undefined ? {} : { bytes };
  out.push({ type: 'gap', epoch: at.epoch, from: at.sequence + 1, to, ...size });
  stream.at = { ...at, sequence: to };
  stream.asked = 0;
}

/** S6a: nobody knows how the epoch of `at` went on. Told once. */
function markLostEnd({ stream, out }: UnitOfWork): void {
  if (stream.at === null || stream.endLost) return;
  stream.endLost = true;
  out.push({ type: 'gap', epoch: stream.at.epoch, from: stream.at.sequence + 1, to: null });
}

function enter({ stream }: UnitOfWork, epoch: Epoch, sequence = 0): void {
  const before = stream.at?.epoch ?? epoch;
  if (before !== epoch) stream.left = [...stream.left, before].slice(-LEFT_EPOCHS);
  stream.at = { epoch, sequence };
  stream.endLost = false;
}

function leaveEpoch(work: UnitOfWork, epoch: Epoch): void {
  markLostEnd(work);
  enter(work, epoch);
}

function handleBegin(work: UnitOfWork, from: Position | null): void {
  const { stream } = work;
  if (stream.phase === 'detached') return;
  // A reader that has nothing yet begins exactly there, so that frames missing at the very beginning are noticed too.
  if (from !== null) {
    stream.at ??= { epoch: from.epoch, sequence: from.sequence - 1 };
    if (stream.at.epoch === null) stream.at = { ...stream.at, epoch: from.epoch };
  }
  setPhase(work, 'replaying');
}

function handleGap(work: UnitOfWork, gap: ServerPayload<'replay:gap'>): void {
  const { stream, out } = work;
  const { at, phase } = stream;
  const { epoch, from, to, bytes } = gap;
  if (phase === 'detached' || phase === 'asking') return;
  if (at === null) {
    if (epoch === null || to === null) {
      out.push({ type: 'gap', epoch, from, to });
      return;
    }
    enter(work, epoch, from - 1);
    return markGap(work, to, bytes);
  }
  if (to === null) return markLostEnd(work);
  if (epoch !== null && at.epoch !== null && epoch !== at.epoch) {
    leaveEpoch(work, epoch);
    return markGap(work, to, bytes);
  }
  if (from > at.sequence + 1) return handleHole(work, () => markGap(work, to, bytes));
  markGap(work, to, bytes);
}

function handleEnd(work: UnitOfWork, end: Position | null): void {
  const { stream } = work;
  if (stream.phase !== 'replaying') return;
  if (end === null) return setPhase(work, 'live');
  stream.at ??= end;
  if (stream.at.epoch === null) stream.at = { ...stream.at, epoch: end.epoch };
  const { epoch, sequence } = stream.at;
  if (epoch === end.epoch && end.sequence <= sequence) return setPhase(work, 'live');
  handleHole(work, () => {
    setPhase(work, 'live');
    if (stream.at?.epoch !== end.epoch) leaveEpoch(work, end.epoch);
    markGap(work, end.sequence);
  });
}

/** S6a. */
function handleEpoch(work: UnitOfWork, { ended, epoch }: ServerPayload<'stream:epoch'>): void {
  const { at, phase, endLost } = work.stream;
  if (phase === 'detached' || at?.epoch === epoch) return;
  if (at === null) {
    if (phase !== 'asking') enter(work, epoch);
    return;
  }
  const isMine = ended !== null && (at.epoch === null || ended.epoch === at.epoch);
  const last = isMine ? ended.last : null;
  if (last !== null && last <= at.sequence) return enter(work, epoch);
  if (phase === 'asking') return;
  if (endLost || (isMine && last === null)) return leaveEpoch(work, epoch);
  handleHole(work, () => {
    if (last === null) return leaveEpoch(work, epoch);
    markGap(work, last);
    enter(work, epoch);
  });
}
