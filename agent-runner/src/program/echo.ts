import { type SignalName, STREAM } from '@muster/protocol';
import type { ProgramEnd, ProgramEvents, RunningProgram } from './program.ts';

const ENDING_SIGNALS: ReadonlySet<SignalName> = new Set([
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGKILL',
]);

/**
 * The test program inside the keeper: it says what is written to it. A whole line may be a command:
 * `exit 3` ends it, `count 1000` prints the numbers from 1, `error text` prints to stderr.
 */
export function startEcho(events: ProgramEvents): RunningProgram {
  return new EchoProgram(events);
}

type EchoAction = () => void;

class EchoProgram implements RunningProgram {
  /** It has no process of its own: it lives in this one. */
  readonly pid: number = process.pid;
  readonly #events: ProgramEvents;
  readonly #queue: EchoAction[] = [];
  #line = '';
  #held = false;
  #paused = false;
  #ended = false;

  constructor(events: ProgramEvents) {
    this.#events = events;
  }

  write(data: Uint8Array): void {
    if (this.#ended) return;
    const copy = Uint8Array.from(data);
    this.#later(() => this.#print(STREAM.stdout, copy));
    const lines = (this.#line + Buffer.from(copy).toString('latin1')).split(/[\r\n]/);
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#execute(line);
  }

  /** As `cat` does. */
  endInput(): void {
    this.#end({ exitCode: 0 });
  }

  resize(): void {}

  hold(): void {
    this.#held = true;
  }

  flow(): void {
    this.#held = false;
    this.#work();
  }

  signal(signal: SignalName): void {
    if (ENDING_SIGNALS.has(signal)) this.#end({ signal });
  }

  async pause(): Promise<void> {
    this.#paused = true;
  }

  async resume(): Promise<void> {
    this.#paused = false;
    this.#work();
  }

  async terminate(options: { readonly force: boolean }): Promise<void> {
    this.#end({ signal: options.force ? 'SIGKILL' : 'SIGTERM' });
  }

  #execute(line: string): void {
    const [verb, rest = ''] = line.split(/ (.*)/);
    if (verb === 'exit') this.#end({ exitCode: Number(rest) & 255 });
    if (verb === 'error') this.#later(() => this.#print(STREAM.stderr, Buffer.from(`${rest}\n`, 'latin1')));
    if (verb === 'count') this.#later(() => this.#print(STREAM.stdout, Buffer.from(numbersTo(Number(rest)))));
  }

  #print(stream: number, data: Uint8Array): void {
    this.#events.output(stream, data);
  }

  /** A program that ends while held reports its end after its output, like any other. */
  #end(end: ProgramEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#paused = false;
    this.#queue.push(() => this.#events.exited(end));
    queueMicrotask(() => this.#work());
  }

  #later(deed: EchoAction): void {
    if (this.#ended) return;
    this.#queue.push(deed);
    queueMicrotask(() => this.#work());
  }

  #work(): void {
    while (!this.#held && !this.#paused) {
      const deed = this.#queue.shift();
      if (!deed) return;
      deed();
    }
  }
}

function numbersTo(last: number): string {
  return Array.from({ length: last }, (_, index) => `${index + 1}\n`).join('');
}
