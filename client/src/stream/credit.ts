import { type Cursor, KIB, type Position } from '@muster/protocol';

/**
 * S8, the viewer's half: how far it has read is told 100 ms after the first byte, or by bytes: at half the
 * 256 KiB that S8 allows, which is also what a parked viewer is fed at a time. Waiting for all of that would
 * leave a portion that is a little smaller to the 100 ms.
 */
export const ACK_BYTES = 128 * KIB;
export const ACK_DELAY_MS = 100;

export interface CreditState {
  /** Wire bytes since the last `flow:ack`. */
  readonly bytes: number;
  /** When the first of them came, ms; null: nothing to tell. */
  readonly since: number | null;
}

export const NO_CREDIT: CreditState = { bytes: 0, since: null };

export interface CreditStep {
  readonly state: CreditState;
  /** `flow:ack` to send now. */
  readonly ack: Position | null;
}

/** `wireBytes` came at `now` and were consumed: the reader is at `at`. */
export function creditReceived(
  state: CreditState,
  wireBytes: number,
  at: Cursor | null,
  now: number,
): CreditStep {
  return flushDue({ bytes: state.bytes + wireBytes, since: state.since ?? now }, at, now);
}

/** When `tick` has something to do, ms; null: never. */
export function creditDeadline(state: CreditState): number | null {
  return state.since === null ? null : state.since + ACK_DELAY_MS;
}

export function tickCredit(state: CreditState, at: Cursor | null, now: number): CreditStep {
  return flushDue(state, at, now);
}

function flushDue(state: CreditState, at: Cursor | null, now: number): CreditStep {
  const due = state.since !== null && (state.bytes >= ACK_BYTES || now >= state.since + ACK_DELAY_MS);
  if (!due) return { state, ack: null };
  // Before the first frame there is no place to name; the next bytes tell.
  if (at === null || at.epoch === null) return { state: NO_CREDIT, ack: null };
  return { state: NO_CREDIT, ack: { epoch: at.epoch, sequence: at.sequence } };
}
