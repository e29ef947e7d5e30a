import { ClientIdSchema, type KeeperMessage, type StreamEvent, type ToKeeperMessage } from '@muster/protocol';
import { InputDeduplicator } from '../../agent-runner/src/keeper/input-deduplicator.ts';
import { RequestLog } from '../../agent-runner/src/keeper/request-log.ts';
import type { InputOracle } from './input-oracle.ts';
import type { RequestOracle } from './request-oracle.ts';

export type Order = Extract<ToKeeperMessage, { type: `program:${string}`; payload: { requestId: string } }>;
type Input = Pick<
  Extract<ToKeeperMessage, { type: 'program:input' }>['payload'],
  'clientId' | 'inputSequence'
>;

/** A room counts a client under its member's name, before which its length stands. */
function named(counted: string): string {
  const [length = ''] = counted.split(':');
  return counted.slice(length.length + 1 + Number(length));
}

/** What a keeper does about requests and inputs, by its real logs, which die with its process. */
export class RequestHandler {
  private readonly log = new RequestLog();
  private readonly deduplicator = new InputDeduplicator();
  private readonly life: string;
  private readonly requests: RequestOracle;
  private readonly inputs: InputOracle;

  constructor(life: string, requests: RequestOracle, inputs: InputOracle) {
    this.life = life;
    this.requests = requests;
    this.inputs = inputs;
  }

  get dueAt(): number | null {
    return this.deduplicator.dueAt();
  }

  /** The frame that tells of it; a repeat is told the first result again. */
  order({ payload: { requestId } }: Order): StreamEvent | null {
    const known = this.log.begin(requestId);
    if (known?.state === 'running') return null;
    if (known === null) {
      this.requests.acted(this.life, requestId);
      this.log.finish(requestId, undefined);
    }
    return { type: 'request:done', requestId };
  }

  /** Whether it reached the program. */
  input({ clientId, inputSequence }: Input, now: number): boolean {
    if (clientId === undefined || inputSequence === undefined) return true;
    if (!this.isNew(clientId, inputSequence, now)) return false;
    this.inputs.typed(this.life, named(clientId), inputSequence);
    return true;
  }

  acks(now: number): KeeperMessage[] {
    return this.deduplicator.acks(now).map((payload) => ({ type: 'input:ack', payload }));
  }

  /** Where a planted fault may stand before the ledger. */
  protected isNew(clientId: string, inputSequence: number, now: number): boolean {
    return this.deduplicator.accept(ClientIdSchema.parse(clientId), inputSequence, now);
  }
}
