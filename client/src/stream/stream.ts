import {
  type BatchHeader,
  type Cursor,
  decodeEvents,
  type Epoch,
  type Frame,
  framesOf,
  type Position,
  type Snapshot,
  type StreamEvent,
  snapshotOf,
} from '@muster/protocol';
import type { StreamMessage } from './stream-message.ts';

/**
 * S7: one reader's place in one agent's stream. Whatever arrives, in whatever order and however often,
 * comes out exactly once, in order, and what is missing comes out as a gap.
 */
export interface StreamState {
  /** Everything up to here was delivered. null: nothing yet, and the server says where it begins. */
  readonly at: Cursor | null;
  /** The rest of `at.epoch` is lost and was told as a gap (S6a). */
  readonly endLost: boolean;
  /** S7: the epochs it has left on this socket, newest last: what still comes of them is late, and would lead it back. */
  readonly left: readonly Epoch[];
  readonly phase: StreamPhase;
  /** Times in a row it asked again for the same missing frame. */
  readonly asked: number;
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
      readonly event: StreamEvent;
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

export interface StreamStep {
  readonly state: StreamState;
  readonly outputs: readonly StreamOutput[];
}

export function openStream(after: Cursor | null): StreamState {
  return { at: after, endLost: false, left: [], phase: 'detached', asked: 0 };
}

/** Takes one thing that happened; the outputs are to be carried out in their order. */
export function stepStream(state: StreamState, input: StreamInput): StreamStep {
  switch (input.type) {
    case 'attach':
      return { state: { ...state, phase: 'asking', asked: 0, left: [] }, outputs: [subscribe(state)] };
    case 'detach':
      return withReplaying(state, { ...state, phase: 'detached' });
    case 'batch':
      if (state.left.includes(input.header.epoch)) return stay(state);
      if (input.header.kind === 'snapshot') return onSnapshot(state, input.header, input.bytes);
      return onBatch(state, input.header, input.bytes);
    case 'replay:begin':
      return onBegin(state, input.payload.from);
    case 'replay:gap':
      return onGap(state, input.payload);
    case 'replay:end':
      return onEnd(state, input.payload.at);
    case 'stream:epoch':
      return onEpoch(state, input.payload);
  }
}

const subscribe = (state: StreamState): StreamOutput => ({ type: 'subscribe', after: state.at });
const stay = (state: StreamState): StreamStep => ({ state, outputs: [] });

/** Tells when `replaying` changed. */
function withReplaying(before: StreamState, after: StreamState): StreamStep {
  const was = before.phase === 'replaying';
  const is = after.phase === 'replaying';
  return { state: after, outputs: was === is ? [] : [{ type: 'replaying', value: is }] };
}

function then(first: StreamStep, next: (state: StreamState) => StreamStep): StreamStep {
  const second = next(first.state);
  return { state: second.state, outputs: [...first.outputs, ...second.outputs] };
}

/**
 * Frames between `at` and the arrived one are missing: ask again from `at`. Frames the server still does not
 * send after that are lost, and `accept` reports them as a gap.
 */
function onHole(state: StreamState, accept: (state: StreamState) => StreamStep): StreamStep {
  if (state.phase === 'asking' || state.phase === 'detached') return stay(state);
  if (state.asked >= MAX_ASKS) return accept({ ...state, asked: 0 });
  const asking: StreamState = { ...state, phase: 'asking', asked: state.asked + 1 };
  return then(withReplaying(state, asking), (next) => ({ state: next, outputs: [subscribe(next)] }));
}

function onBatch(state: StreamState, header: BatchHeader, bytes: Uint8Array): StreamStep {
  const { epoch, first } = header;
  const { at, phase } = state;
  if (phase === 'detached' || (phase === 'asking' && at === null)) return stay(state);
  if (at === null) return takeBatch({ ...state, at: { epoch, sequence: first - 1 } }, header, bytes);
  if (at.epoch === null) return onBatch({ ...state, at: { epoch, sequence: at.sequence } }, header, bytes);
  if (at.epoch !== epoch) {
    const move = (next: StreamState) =>
      then(leaveEpoch(next, epoch), (moved) => onBatch(moved, header, bytes));
    return state.endLost && phase !== 'asking' ? move(state) : onHole(state, move);
  }
  if (header.last <= at.sequence) return stay(state);
  if (first > at.sequence + 1) {
    return onHole(state, (next) =>
      then(markGap(next, first - 1), (filled) => takeBatch(filled, header, bytes)),
    );
  }
  return takeBatch(state, header, bytes);
}

/** S14: a jump forward; one that is not above the cursor emits nothing new. */
function onSnapshot(state: StreamState, header: BatchHeader, bytes: Uint8Array): StreamStep {
  const { at, phase } = state;
  const { epoch, last } = header;
  if (phase === 'detached' || (phase === 'asking' && at?.epoch !== epoch)) return stay(state);
  if (at !== null && (at.epoch ?? epoch) === epoch && last <= at.sequence) return stay(state);
  const snapshot = snapshotOf(bytes, header);
  if (!snapshot.ok) return stay(state);
  const outputs: StreamOutput[] = [{ type: 'snapshot', snapshot: snapshot.value }];
  return { state: { ...enter(state, epoch, last), asked: 0 }, outputs };
}

/** Delivers what is new in a batch that begins at `at` + 1 or before; the part already delivered is dropped. */
function takeBatch(state: StreamState, header: BatchHeader, bytes: Uint8Array): StreamStep {
  const { epoch, kind, last } = header;
  const from = (state.at?.sequence ?? 0) + 1;
  if (kind === 'gap') return markGap(state, last, header.rawSize);
  const next: StreamState = { ...state, at: { epoch, sequence: last }, asked: 0 };
  if (kind === 'output') {
    const frames: Frame[] = [];
    for (const frame of framesOf(bytes, header)) if (frame.sequence >= from) frames.push(frame);
    return { state: next, outputs: [{ type: 'output', epoch, command: header.command, frames }] };
  }
  const events = decodeEvents(bytes, header);
  // An event of a newer keeper that this reader does not know takes its number and tells nothing.
  if (!events.ok) return stay(next);
  const outputs = events.value
    .map((event, index): StreamOutput & { type: 'event' } => ({
      type: 'event',
      epoch,
      sequence: header.first + index,
      event,
      time: header.time,
      replayed: state.phase === 'replaying',
    }))
    .filter((output) => output.sequence >= from);
  return { state: next, outputs };
}

/** S10: everything after `at` up to `to` is lost. */
function markGap(state: StreamState, to: number, bytes?: number): StreamStep {
  const { at } = state;
  if (at === null || to <= at.sequence) return stay(state);
  const gap: StreamOutput = {
    type: 'gap',
    epoch: at.epoch,
    from: at.sequence + 1,
    to,
    ...(bytes === undefined ? {} : { bytes }),
  };
  return { state: { ...state, at: { ...at, sequence: to }, asked: 0 }, outputs: [gap] };
}

/** S6a: nobody knows how the epoch of `at` went on. Told once. */
function markLostEnd(state: StreamState): StreamStep {
  if (state.at === null || state.endLost) return stay(state);
  return {
    state: { ...state, endLost: true },
    outputs: [{ type: 'gap', epoch: state.at.epoch, from: state.at.sequence + 1, to: null }],
  };
}

function enter(state: StreamState, epoch: Epoch, sequence = 0): StreamState {
  const before = state.at?.epoch ?? epoch;
  const left = before === epoch ? state.left : [...state.left, before].slice(-LEFT_EPOCHS);
  return { ...state, at: { epoch, sequence }, endLost: false, left };
}

function leaveEpoch(state: StreamState, epoch: Epoch): StreamStep {
  return then(markLostEnd(state), (next) => stay(enter(next, epoch)));
}

function onBegin(state: StreamState, from: Position | null): StreamStep {
  if (state.phase === 'detached') return stay(state);
  // A reader that has nothing yet begins exactly there, so that frames missing at the very beginning are noticed too.
  const at = state.at ?? (from === null ? null : { epoch: from.epoch, sequence: from.sequence - 1 });
  const known = at !== null && at.epoch === null && from !== null ? { ...at, epoch: from.epoch } : at;
  return withReplaying(state, { ...state, at: known, phase: 'replaying' });
}

function onGap(
  state: StreamState,
  gap: {
    readonly epoch: Epoch | null;
    readonly from: number;
    readonly to: number | null;
    readonly bytes?: number | undefined;
  },
): StreamStep {
  const { at, phase } = state;
  const { epoch, from, to } = gap;
  if (phase === 'detached' || phase === 'asking') return stay(state);
  if (at === null) {
    if (epoch === null || to === null) return { state, outputs: [{ type: 'gap', epoch, from, to }] };
    return markGap(enter(state, epoch, from - 1), to, gap.bytes);
  }
  if (epoch !== null && at.epoch !== null && epoch !== at.epoch) {
    if (to === null) return markLostEnd(state);
    return then(leaveEpoch(state, epoch), (next) => markGap(next, to, gap.bytes));
  }
  if (to === null) return markLostEnd(state);
  if (from > at.sequence + 1) return onHole(state, (next) => markGap(next, to, gap.bytes));
  return markGap(state, to, gap.bytes);
}

function onEnd(state: StreamState, end: Position | null): StreamStep {
  if (state.phase !== 'replaying') return stay(state);
  const { at } = state;
  const live: StreamState = { ...state, phase: 'live' };
  if (end === null) return withReplaying(state, live);
  if (at === null) return withReplaying(state, { ...live, at: end });
  if (at.epoch === null) return onEnd({ ...state, at: { ...at, epoch: end.epoch } }, end);
  if (at.epoch === end.epoch && end.sequence <= at.sequence) return withReplaying(state, live);
  return onHole(state, (next) =>
    then(withReplaying(next, { ...next, phase: 'live' }), (now) =>
      then(now.at?.epoch === end.epoch ? stay(now) : leaveEpoch(now, end.epoch), (moved) =>
        markGap(moved, end.sequence),
      ),
    ),
  );
}

/** S6a. */
function onEpoch(
  state: StreamState,
  change: {
    readonly ended: { readonly epoch: Epoch; readonly last: number | null } | null;
    readonly epoch: Epoch;
  },
): StreamStep {
  const { at, phase } = state;
  const { ended, epoch } = change;
  if (phase === 'detached' || at?.epoch === epoch) return stay(state);
  if (at === null) return phase === 'asking' ? stay(state) : stay(enter(state, epoch));
  const mine = ended !== null && (at.epoch === null || ended.epoch === at.epoch);
  if (mine && ended.last !== null && ended.last <= at.sequence) return stay(enter(state, epoch));
  if (phase === 'asking') return stay(state);
  if (state.endLost || (mine && ended.last === null)) return leaveEpoch(state, epoch);
  return onHole(state, (next) =>
    mine && ended.last !== null
      ? then(markGap(next, ended.last), (filled) => stay(enter(filled, epoch)))
      : leaveEpoch(next, epoch),
  );
}
