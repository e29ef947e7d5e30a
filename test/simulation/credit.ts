import { batchesIn, type Epoch } from '@muster/protocol';

/** S8, counted from outside: the wire bytes a viewer was sent and has not acked. */
export class Credit {
  private inFlight: { readonly epoch: Epoch; readonly last: number; readonly bytes: number }[] = [];
  bytes = 0;

  sent(end: { readonly epoch: Epoch; readonly last: number }, bytes: number): void {
    this.inFlight.push({ ...end, bytes });
    this.bytes += bytes;
  }

  /** Epochs of a world are numbered in their order. */
  acked(epoch: Epoch, sequence: number): void {
    const upTo = this.inFlight.findLastIndex((piece) =>
      piece.epoch === epoch ? piece.last <= sequence : piece.epoch < epoch,
    );
    for (const piece of this.inFlight.splice(0, upTo + 1)) this.bytes -= piece.bytes;
  }

  /** A new subscription, or a room that woke and counts all as received (S7). */
  reset(): void {
    this.inFlight = [];
    this.bytes = 0;
  }
}

/** The last frame in a binary message. */
export function endOf(bytes: Uint8Array): { readonly epoch: Epoch; readonly last: number } {
  const header = [...batchesIn(bytes)].at(-1);
  if (header === undefined) throw new Error('a binary message holds batches');
  return header;
}
