import type { ClientId } from '@muster/protocol';
import { earliest, elapsed } from './stream/time.ts';

/** Clients whose highest number is remembered; the least recently active one is dropped first. */
const MAX_CLIENTS = 1_000;
/** At most one `input:ack` per client in so many ms. */
const ACK_INTERVAL_MS = 100;
/** … and this long after the input, ms: the echo that a person waits for is sent first. */
const ACK_DELAY_MS = 20;

interface Client {
  highest: number;
  acked: number;
  ackedAt: number | null;
  /** When the oldest input arrived that is not acked. */
  unackedSince: number;
}

export interface InputAck {
  readonly clientId: ClientId;
  readonly inputSequence: number;
}

/** I2: input is taken at most once, and what was taken is acked cumulatively. Pure. */
export class InputDeduplicator {
  readonly #clients = new Map<ClientId, Client>();

  /** False: this number or a higher one was accepted before. */
  accept(clientId: ClientId, inputSequence: number, now: number): boolean {
    const client = this.#clients.get(clientId) ?? { highest: 0, acked: 0, ackedAt: null, unackedSince: now };
    if (client.acked >= client.highest) client.unackedSince = now;
    this.#clients.delete(clientId);
    this.#clients.set(clientId, client);
    const oldest = this.#clients.size > MAX_CLIENTS ? this.#clients.keys().next().value : undefined;
    if (oldest !== undefined) this.#clients.delete(oldest);
    if (inputSequence <= client.highest) {
      // The ack may have been lost with a link: it is sent again.
      client.acked = Math.min(client.acked, client.highest - 1);
      return false;
    }
    client.highest = inputSequence;
    return true;
  }

  /** The acks that are due. */
  acks(now: number): InputAck[] {
    const due: InputAck[] = [];
    for (const [clientId, client] of this.#clients) {
      if (client.acked >= client.highest) continue;
      if (!elapsed(client.unackedSince, now, ACK_DELAY_MS)) continue;
      if (client.ackedAt !== null && !elapsed(client.ackedAt, now, ACK_INTERVAL_MS)) continue;
      client.acked = client.highest;
      client.ackedAt = now;
      due.push({ clientId, inputSequence: client.highest });
    }
    return due;
  }

  /** When the next is due. */
  dueAt(): number | null {
    const waiting = [...this.#clients.values()].filter(({ acked, highest }) => acked < highest);
    return earliest(
      ...waiting.map(({ ackedAt, unackedSince }) =>
        Math.max(unackedSince + ACK_DELAY_MS, (ackedAt ?? 0) + ACK_INTERVAL_MS),
      ),
    );
  }
}
