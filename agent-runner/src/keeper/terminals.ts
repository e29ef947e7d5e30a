import type { CommandId, StreamEvent, TerminalColors } from '@muster/protocol';
import type { RunningProgram } from '../program/program.ts';
import { DEFAULT_TERMINAL } from '../program/start.ts';
import { LazyScreen } from '../screen/lazy-screen.ts';
import type { Signal } from '../screen/signal.ts';
import { Alarm } from './alarm.ts';
import type { KeeperDeps } from './deps.ts';
import type { Input } from './input-handler.ts';
import { ProgramAttention } from './program-attention.ts';
import type { KeeperStream, StreamInput } from './stream/stream.ts';

export interface TerminalPorts {
  feed(input: StreamInput): void;
  emit(event: StreamEvent): void;
  /** The reader of the input of the program, or of an interactive command; null: there is none. */
  reader(command: CommandId | undefined): RunningProgram | null;
}

type TerminalOwner = CommandId | undefined;

/** Unread input, bytes, above which a program's queries are no longer answered. */
const MAX_UNREAD_BYTES = 16 * 1024;

/** The terminals of an agent's program and of its interactive commands, as its keeper sees and answers for them. */
export class Terminals {
  readonly #deps: KeeperDeps;
  readonly #stream: KeeperStream;
  readonly #ports: TerminalPorts;
  /** Of a terminal only. */
  readonly #program: LazyScreen | null;
  readonly #attention: ProgramAttention | null;
  readonly #commands = new Map<CommandId, LazyScreen>();
  /** As they were told last. */
  #colors: TerminalColors | null = null;

  constructor(deps: KeeperDeps, stream: KeeperStream, ports: TerminalPorts) {
    const { spec } = deps.placement;
    this.#deps = deps;
    this.#stream = stream;
    this.#ports = ports;
    const isTerminal = spec.kind === 'terminal';
    this.#program = isTerminal ? this.#open(undefined, spec.terminal) : null;
    this.#attention = isTerminal ? new ProgramAttention(deps.now, (event) => ports.emit(event)) : null;
  }

  /** Puts what a program prints into the stream: at once where it may be asking something (P8). */
  handleOutput(command: TerminalOwner, stream: number, data: Uint8Array): void {
    const screen = this.#of(command);
    const prompt = screen?.mayQuery(data) === true;
    this.#ports.feed({ type: 'output', stream, data, prompt, ...(command === undefined ? {} : { command }) });
    screen?.outputWritten(data.length, prompt);
    if (command === undefined) this.#attention?.outputWritten(data);
  }

  /** Handles an event that is in the stream by now. */
  handleEvent(event: StreamEvent): void {
    if (event.type === 'program:status' && event.run !== undefined)
      this.#program?.runStarted(this.#stream.head);
    if (event.type === 'program:status') this.#attention?.statusChanged(event);
    if (event.type === 'command:started') this.#commandStarted(event.commandId);
    if (event.type !== 'command:ended') return;
    this.#commands.get(event.commandId)?.close();
    this.#commands.delete(event.commandId);
  }

  /** Returns the part of an input that reaches the program: all that is typed, on pipes. */
  filterInput({ data, commandId, answer = false }: Input): Uint8Array {
    return this.#of(commandId)?.filterInput(data, answer) ?? (answer ? new Uint8Array() : data);
  }

  /** An input has reached the program, or a command: all that `filterInput` left of it. */
  inputWritten({ data, commandId, answer = false }: Input): void {
    if (commandId === undefined && !answer && data.length > 0) this.#attention?.answered();
  }

  /** C13b: what the program says by its hooks. */
  handleSignal(signal: Signal): void {
    this.#attention?.handle(signal);
  }

  setColors(command: TerminalOwner, colors: TerminalColors | undefined): void {
    if (colors === undefined) return;
    this.#colors = colors;
    const screen = this.#of(command);
    if (screen !== null) screen.colors = colors;
  }

  rowsUsed(): number | undefined {
    return this.#program?.rowsUsed();
  }

  snapshotRequested(): void {
    this.#program?.snapshotRequested();
  }

  /** The program's last byte is in the spool. */
  programExited(): void {
    this.#program?.programExited();
  }

  close(): void {
    this.#program?.close();
    this.#attention?.close();
    for (const screen of this.#commands.values()) screen.close();
  }

  /** Only an interactive one reads, and has a terminal. */
  #commandStarted(command: CommandId): void {
    if (this.#ports.reader(command) !== null) this.#commands.set(command, this.#open(command));
  }

  #of(command: TerminalOwner): LazyScreen | null {
    return command === undefined ? this.#program : (this.#commands.get(command) ?? null);
  }

  #open(command: TerminalOwner, size = DEFAULT_TERMINAL): LazyScreen {
    const { spool, now, log } = this.#deps;
    const screen = new LazyScreen({
      spool,
      size,
      // Nobody is sent a picture of a command's terminal.
      ...(command === undefined ? {} : { follow: { command, after: this.#stream.head }, scrollback: 0 }),
      head: () => this.#stream.head,
      now,
      alarm: (ring) => new Alarm(ring),
      onSnapshot: (snapshot) => this.#ports.feed({ type: 'snapshot', snapshot }),
      answer: (text) => this.#answer(command, text),
      warn: (problem, what) => log.warn({ problem }, what),
    });
    if (this.#colors !== null) screen.colors = this.#colors;
    return screen;
  }

  #answer(command: TerminalOwner, text: string): void {
    const program = this.#ports.reader(command);
    if (program === null || (program.unread?.() ?? 0) > MAX_UNREAD_BYTES) return;
    program.write(Buffer.from(text, 'latin1'));
    // S11: what it does with that is waited for.
    this.#ports.feed({ type: 'input', command });
  }
}
