import type { ToKeeperMessage } from '@muster/protocol';
import type { RunningProgram } from '../program/program.ts';
import { Alarm } from './alarm.ts';
import { type InputAck, InputDeduplicator } from './input-deduplicator.ts';

type InputPayload = Extract<ToKeeperMessage, { type: 'program:input' }>['payload'];

/** Input for a program, as a frame has it; without a number its sender waits for no ack. */
export interface Input
  extends Pick<InputPayload, 'commandId' | 'clientId' | 'inputSequence' | 'end' | 'answer'> {
  readonly data: Uint8Array;
}
export const inputOf = (payload: InputPayload): Input => ({
  ...payload,
  data: Buffer.from(payload.data, payload.encoding),
});

/** I2: writes input to the program once, and sends acks when they are due. */
export class InputHandler {
  readonly #deduplicator = new InputDeduplicator();
  readonly #alarm = new Alarm(() => this.sendAcks());
  readonly #now: () => number;
  /** Null: there is no room; acks are sent when there is one. */
  readonly #ack: () => ((ack: InputAck) => void) | null;

  constructor(now: () => number, ack: () => ((ack: InputAck) => void) | null) {
    this.#now = now;
    this.#ack = ack;
  }

  /** To the program, or to the command it names. True when it was written; without one it is neither written nor acked. */
  handle(input: Input, program: RunningProgram | null): boolean {
    if (program === null) return false;
    const { clientId, inputSequence } = input;
    const isNumbered = clientId !== undefined && inputSequence !== undefined;
    const isNew = !isNumbered || this.#deduplicator.accept(clientId, inputSequence, this.#now());
    if (isNew && input.data.length > 0) program.write(input.data);
    if (isNew && input.end === true) program.endInput();
    this.sendAcks();
    return isNew;
  }

  sendAcks(): void {
    const ack = this.#ack();
    if (ack === null) return;
    const now = this.#now();
    for (const each of this.#deduplicator.acks(now)) ack(each);
    this.#alarm.set(this.#deduplicator.dueAt(), now);
  }
}
