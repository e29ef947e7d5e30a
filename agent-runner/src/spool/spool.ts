import type { Epoch, Position } from '@muster/protocol';

/** The numbers of one epoch that a spool can speak of; `first` is 0 while it holds nothing. */
export interface EpochRange {
  readonly epoch: Epoch;
  readonly first: number;
  readonly last: number;
  /** False when frames after `last` may have been numbered and lost (power loss, torn tail). */
  readonly complete: boolean;
}

/** The state of the newest epoch when the spool was opened: numbering continues only in an `intact` one (S1). */
export type Found = 'nothing' | 'intact' | 'other-boot' | 'damaged-tail';

/** Batches in order, gaps in place; the next number to read is `next`. */
export interface SpoolPiece {
  readonly batches: readonly Uint8Array[];
  readonly next: number;
}

/** The deep store of one agent's stream (S1, S2, S10). Synchronous: when `append` returns, it is in the spool. */
export interface Spool {
  readonly found: Found;
  /** Oldest first; the last is the one appended to. */
  epochs(): readonly EpochRange[];
  /** From here on batches belong to this epoch, numbered from 1. */
  startEpoch(epoch: Epoch): void;
  /**
   * `urgent`: on a full disk it may use the reserve.
   * @throws VolumeFullError when the disk takes no more; then nothing of the batch is in the spool.
   */
  append(batch: Uint8Array, how?: { readonly urgent: boolean }): void;
  /** Sets the reserve aside again. False: there is no room for it. */
  reserve(): boolean;
  /** From frame `sequence` on, at least one batch where there is any, about `maxBytes` at most. */
  read(from: Position, maxBytes: number): SpoolPiece;
  /** Everything up to here is stored by the room. Kept in memory only: the room says it at each welcome. */
  ack(upTo: Position): void;
  /** A clean end: the next opening knows where the epoch ended, even after another boot. */
  close(): void;
}

/** Bounds of a spool, bytes. */
export interface SpoolLimits {
  /** S2: all of it, remnants aside. */
  readonly bytes: number;
  /** S10: frames other than output that outlive their segment's output. */
  readonly eventBytes: number;
  /** A segment is closed at this size. */
  readonly segmentBytes: number;
  /** Set aside for events on a full disk: what is asked while it is full must be answered. */
  readonly reserveBytes: number;
}

const MIB = 1024 * 1024;
export const SPOOL_LIMITS: SpoolLimits = {
  bytes: 256 * MIB,
  eventBytes: 16 * MIB,
  segmentBytes: 4 * MIB,
  reserveBytes: MIB / 16,
};
