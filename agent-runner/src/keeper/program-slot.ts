import { randomUUID } from 'node:crypto';
import type { AgentSpec, SignalName, TerminalSize, WireError } from '@muster/protocol';
import type { OwnerEnvironment } from '../host/owner-environment.ts';
import { passedOn } from '../program/environment.ts';
import { recordAfterStart, recordBeforeStart } from '../program/orphaned-processes.ts';
import type { ProgramEnd, RunningProgram, StartProgram } from '../program/program.ts';
import { redactOutput } from '../redact/redact-output.ts';
import { checkLaunch, toLaunch } from './launch.ts';
import { asWireError } from './wire-error.ts';

export interface SlotEvents {
  output(stream: number, data: Uint8Array): void;
  started(pid: number): void;
  refused(error: WireError): void;
  /** Once nothing of it is left. */
  ended(end: ProgramEnd, reason?: string): void;
  unkillable(error: WireError): void;
}

/** The record that outlives the keeper: enough to find and end orphaned processes (P4). */
export interface RecordFile {
  save(text: string): void;
  clear(): void;
}

/** The one program of an agent, from its start until nothing of it is left. */
export class ProgramSlot {
  readonly #start: StartProgram;
  readonly #record: RecordFile;
  readonly #events: SlotEvents;
  readonly #owner: () => OwnerEnvironment;
  #running: RunningProgram | null = null;

  /** `owner`: what programs get of their host's owner now (P6). */
  constructor(
    start: StartProgram,
    record: RecordFile,
    events: SlotEvents,
    owner: () => OwnerEnvironment = ownProcess,
  ) {
    this.#owner = owner;
    this.#start = start;
    this.#record = record;
    this.#events = events;
  }

  get running(): RunningProgram | null {
    return this.#running;
  }

  /** Reports `started` or `refused`, and `ended` after `started`. */
  async start(
    spec: AgentSpec,
    roots: readonly string[],
    size: TerminalSize | undefined,
    input = true,
  ): Promise<void> {
    const tag = randomUUID();
    const early: ProgramEnd[] = [];
    let up = false;
    try {
      const launch = toLaunch(spec, roots, this.#owner());
      const record = recordBeforeStart(tag);
      this.#record.save(JSON.stringify(record));
      const output = redactOutput(spec, launch.environment, (stream, data) =>
        this.#events.output(stream, data),
      );
      const program = await this.#start(
        {
          ...launch,
          tag,
          input,
          ...(size === undefined ? {} : { terminal: size }),
        },
        {
          output: output.printed,
          exited: (end) => {
            output.ended();
            if (up) void this.#finish(end);
            else early.push(end);
          },
        },
      );
      this.#running = program;
      this.#record.save(JSON.stringify(recordAfterStart(record, program.pid)));
      up = true;
      this.#events.started(program.pid);
      // It may have ended before its start was known here: the order told is still started, ended.
      for (const end of early) await this.#finish(end);
    } catch (error) {
      await this.#undo();
      this.#events.refused(asWireError(error));
    }
  }

  /** A program without a record would survive its keeper's death, and the caller that was refused does not know it. */
  async #undo(): Promise<void> {
    const error = await outcome(this.#running?.terminate({ force: true }));
    this.#running = null;
    if (error === undefined) this.#record.clear();
  }

  /** Why a start would be refused, as far as can be seen before it. */
  check(spec: AgentSpec, roots: readonly string[]): WireError | undefined {
    try {
      checkLaunch(spec, roots, this.#owner());
      return undefined;
    } catch (error) {
      return asWireError(error);
    }
  }

  pause(): Promise<WireError | undefined> {
    return outcome(this.#running?.pause());
  }

  resume(): Promise<WireError | undefined> {
    return outcome(this.#running?.resume());
  }

  async terminate(force: boolean): Promise<void> {
    const error = await outcome(this.#running?.terminate({ force }));
    if (error !== undefined) this.#events.unkillable(error);
  }

  signal(signal: SignalName): void {
    this.#running?.signal(signal);
  }

  /** The program has exited; what it started and left behind goes with it. */
  async #finish(end: ProgramEnd): Promise<void> {
    const error = await outcome(this.#running?.terminate({ force: false }));
    this.#running = null;
    if (error === undefined) this.#record.clear();
    this.#events.ended(end, error?.message);
  }
}

/** Where no runner has written down what its owner has. */
const ownProcess = (): OwnerEnvironment => ({ variables: passedOn(process.env), umask: process.umask() });

async function outcome(done: Promise<void> | undefined): Promise<WireError | undefined> {
  try {
    await done;
    return undefined;
  } catch (error) {
    return asWireError(error);
  }
}
