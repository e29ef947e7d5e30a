import type { AgentSpec } from '@muster/protocol';
import { Alarm } from '../keeper/alarm.ts';
import { earliest } from '../keeper/stream/time.ts';
import { Automaton } from './automaton.ts';
import { encodingsOf } from './encodings.ts';
import { Redactor } from './redactor.ts';
import { secretsOf } from './secrets.ts';

type Output = (stream: number, data: Uint8Array) => void;

/** The output path between a program and its consumer. */
export interface ProgramOutput {
  readonly printed: Output;
  /** Its last byte is out. */
  readonly ended: () => void;
}

/** X7: `output` gets what a program prints without the secrets it was started with. Where there are none it costs nothing. */
export function redactOutput(
  { redaction, ...declared }: Pick<AgentSpec, 'redaction' | 'secrets' | 'notSecrets'>,
  environment: Readonly<Record<string, string>>,
  output: Output,
): ProgramOutput {
  const { whole, parts } = redaction === false ? { whole: [], parts: [] } : secretsOf(environment, declared);
  if (whole.length + parts.length === 0) return { printed: output, ended: () => {} };
  const masked = new OutputRedactor(new Automaton(encodingsOf(whole, parts)), output);
  return {
    printed: (stream, data) => masked.push(stream, data),
    ended: () => masked.end(),
  };
}

/** The shell of a program's redactors: one for each of its streams, one alarm for all. */
class OutputRedactor {
  readonly #automaton: Automaton;
  readonly #output: Output;
  readonly #streams = new Map<number, Redactor>();
  /** After a busy moment timers come before what can be read: the rest of a secret may be among it. */
  readonly #alarm = new Alarm(() => setImmediate(() => this.#tick()));
  #due: number | null = null;

  constructor(automaton: Automaton, output: Output) {
    this.#automaton = automaton;
    this.#output = output;
  }

  push(stream: number, data: Uint8Array): void {
    const now = performance.now();
    this.#emit(stream, this.#of(stream).push(data, now));
    this.#set(now);
  }

  end(): void {
    for (const [stream, redactor] of this.#streams) this.#emit(stream, redactor.end());
    this.#set(0);
  }

  #tick(): void {
    const now = performance.now();
    this.#due = null;
    for (const [stream, redactor] of this.#streams) this.#emit(stream, redactor.tick(now));
    this.#set(now);
  }

  #emit(stream: number, data: Uint8Array): void {
    if (data.length > 0) this.#output(stream, data);
  }

  #set(now: number): void {
    const due = earliest(...[...this.#streams.values()].map((redactor) => redactor.dueAt()));
    if (due === this.#due) return;
    this.#due = due;
    this.#alarm.set(due, now);
  }

  #of(stream: number): Redactor {
    const redactor = this.#streams.get(stream) ?? new Redactor(this.#automaton);
    this.#streams.set(stream, redactor);
    return redactor;
  }
}
