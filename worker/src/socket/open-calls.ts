import { type Ack, type MemberId, type WireError, wireError } from '@muster/protocol';

interface OpenCall {
  readonly member: MemberId;
  readonly id: string;
  readonly resolve: (ack: Ack) => void;
}

/** X19: requests over RPC that wait for their ack. Each is answered, and one member holds only so many. */
export class OpenCalls {
  readonly #most: number;
  readonly #open = new Map<string, OpenCall>();

  /** `most`: of one member at a time. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Why one more call of this member is not taken; null: it is. */
  refusal(member: MemberId): WireError | null {
    let own = 0;
    for (const call of this.#open.values()) if (call.member === member) own += 1;
    if (own < this.#most) return null;
    return wireError('RESOURCE_EXHAUSTED', `${own} of your requests wait for their answers; wait for one`);
  }

  /** Resolves to its ack. `begin` asks for what is wanted, and may answer at once. */
  async ask(connection: string, member: MemberId, id: string, begin: () => void): Promise<Ack> {
    try {
      return await new Promise<Ack>((resolve) => {
        this.#open.set(connection, { member, id, resolve });
        begin();
      });
    } finally {
      this.#open.delete(connection);
    }
  }

  answer(connection: string, ack: Ack): void {
    this.#open.get(connection)?.resolve(ack);
  }

  /** The call is over without an ack of its own. */
  fail(connection: string, error: WireError): void {
    const call = this.#open.get(connection);
    call?.resolve({ messageId: call.id, success: false, error });
  }

  failAll(error: WireError): void {
    for (const connection of this.#open.keys()) this.fail(connection, error);
  }
}
