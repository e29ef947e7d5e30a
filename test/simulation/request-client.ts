import { handleRequests, noRequests, type RequestsEvent } from '@muster/client/sync';
import type { Ack, ViewerMessage } from '@muster/protocol';
import type { RequestOracle } from './request-oracle.ts';

type Send = (message: ViewerMessage, id: string, askedAt: number) => void;

/** A client's requests, by its real core (I1). */
export class RequestClient {
  private readonly state = noRequests();
  private readonly client: string;
  private readonly oracle: RequestOracle;
  private readonly send: Send;
  private readonly asked = new Map<string, ViewerMessage>();

  constructor(client: string, oracle: RequestOracle, send: Send) {
    this.client = client;
    this.oracle = oracle;
    this.send = send;
  }

  get hasPending(): boolean {
    return this.state.pending.length > 0;
  }

  ask(message: ViewerMessage, now: number, clock: number): void {
    const id = `${this.client}-${this.asked.size + 1}`;
    this.asked.set(id, message);
    this.oracle.asked(id);
    this.step({ type: 'request', id, message }, now, clock);
  }

  /** I1: another request under an id that was answered and is remembered; whoever takes it for a new one acts twice. */
  reuse(other: (before: ViewerMessage) => ViewerMessage, now: number): boolean {
    const done = [...this.asked].findLast(([id]) => this.oracle.succeeded(id));
    if (done === undefined || !this.state.online) return false;
    const [id, before] = done;
    const askedAt = this.oracle.reused(id, now);
    if (askedAt === null) return false;
    this.send(other(before), id, askedAt);
    return true;
  }

  /** `clock`: what the client takes for the time. */
  step(event: RequestsEvent, now: number, clock: number): void {
    for (const effect of handleRequests(this.state, event, { now: clock })) {
      if (effect.type === 'send') this.send(effect.message, effect.id, this.oracle.sent(effect.id, now));
      else if (effect.type === 'done') this.oracle.settled(effect.ack.messageId, null);
      else this.oracle.settled(effect.id, effect.outcome);
    }
  }

  acked(ack: Ack, now: number, clock: number): void {
    this.oracle.acked(ack);
    this.step({ type: 'ack', ack }, now, clock);
  }
}
