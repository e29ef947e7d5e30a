import { type Ack, type MemberId, type WireError, wireError } from '@muster/protocol';

interface PendingCall {
  readonly member: MemberId;
  readonly id: string;
  readonly resolve: (ack: Ack) => void;
}

/** X19: requests over RPC that wait for their ack. Each is answered, and one member holds only so many. */
export class PendingCalls {
  readonly #limit: number;
  readonly #pending = new Map<string, PendingCall>();

  /** `most`: of one member at a time. */
  constructor(most: number) {
    this.#limit = most;
  }

  /** Why one more call of this member is refused; null: it is accepted. */
  refusal(member: MemberId): WireError | null {
    let own = 0;
    for (const call of this.#pending.values()) if (call.member === member) own += 1;
    if (own < this.#limit) return null;
    return wireError('RESOURCE_EXHAUSTED', `${own} of your requests wait for their answers; wait for one`);
  }

  /** Resolves to its ack. `begin` asks for what is wanted, and may answer at once. */
  async call(connection: string, member: MemberId, id: string, begin: () => void): Promise<Ack> {
    try {
      return await new Promise<Ack>((resolve) => {
        this.#pending.set(connection, { member, id, resolve });
        begin();
      });
    } finally {
      this.#pending.delete(connection);
    }
  }

  answer(connection: string, ack: Ack): void {
    this.#pending.get(connection)?.resolve(ack);
  }

  /** The call is over without an ack of its own. */
  fail(connection: string, error: WireError): void {
    const call = this.#pending.get(connection);
    call?.resolve({ messageId: call.id, success: false, error });
  }

  failAll(error: WireError): void {
    for (const connection of this.#pending.keys()) this.fail(connection, error);
  }
}
