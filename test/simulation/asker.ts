import { NO_REQUESTS, type RequestsInput, type RequestsState, stepRequests } from '@muster/client/sync';
import type { Ack, ViewerMessage } from '@muster/protocol';
import type { RequestOracle } from './request-oracle.ts';

/** A client's requests, by its real core (I1). */
export class Asker {
  private state: RequestsState = NO_REQUESTS;
  private readonly client: string;
  private readonly oracle: RequestOracle;
  private readonly send: (message: ViewerMessage, id: string) => void;
  private readonly asked = new Map<string, ViewerMessage>();

  constructor(client: string, oracle: RequestOracle, send: (message: ViewerMessage, id: string) => void) {
    this.client = client;
    this.oracle = oracle;
    this.send = send;
  }

  get waits(): boolean {
    return this.state.pending.length > 0;
  }

  ask(message: ViewerMessage, now: number): void {
    const id = `${this.client}-${this.asked.size + 1}`;
    this.asked.set(id, message);
    this.oracle.asked(id);
    this.step({ type: 'request', id, message }, now);
  }

  /** I1: another request under an id that was answered; whoever takes it for a new one acts twice. */
  reuse(other: (before: ViewerMessage) => ViewerMessage): boolean {
    const done = [...this.asked].findLast(([id]) => this.oracle.succeeded(id));
    if (done === undefined || !this.state.online) return false;
    const [id, before] = done;
    this.oracle.reused(id);
    this.send(other(before), id);
    return true;
  }

  step(input: RequestsInput, now: number): void {
    const { state, outputs } = stepRequests(this.state, input, now);
    this.state = state;
    for (const output of outputs) {
      if (output.type === 'send') this.send(output.message, output.id);
      else this.oracle.settled(output.type === 'done' ? output.ack.messageId : output.id);
    }
  }

  acked(ack: Ack, now: number): void {
    this.oracle.acked(ack);
    this.step({ type: 'ack', ack }, now);
  }
}
