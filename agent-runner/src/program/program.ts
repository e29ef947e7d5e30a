import type { AgentKind, ErrorCode, Program, SignalName, TerminalSize } from '@muster/protocol';

/** A request to start a program; everything was checked and resolved before. */
export interface ProgramRequest {
  readonly kind: AgentKind;
  readonly program: Program;
  /** An existing directory, symlinks resolved, under a root the host allows (X9). */
  readonly directory: string;
  /** The same as its agent names it: what PWD says, where both are one directory. */
  readonly workspace?: string;
  /** The whole environment, the tag not yet in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Only for a terminal. */
  readonly terminal?: TerminalSize;
  /** False: it reads an empty standard input. On a terminal there always is one. */
  readonly input?: boolean;
  /** P1: what everything this program starts carries in its environment; unique to this start. */
  readonly tag: string;
  /** Absent: that of this process. */
  readonly umask?: number;
}

export interface ProgramEnd {
  readonly exitCode?: number;
  /** `SIGKILL` and the like. */
  readonly signal?: string;
}

export interface ProgramEvents {
  /** Bytes as they came; `stream` is STREAM.stdout or STREAM.stderr. The receiver owns `data`. */
  output(stream: number, data: Uint8Array): void;
  /** Once, after the last byte of output. */
  exited(end: ProgramEnd): void;
}

/** One started program and all that it started (P1, P2). */
export interface RunningProgram {
  readonly pid: number;
  /** Bytes to its standard input or terminal; kept in order, bounded by the caller. */
  write(data: Uint8Array): void;
  /** P9: nothing more is written; a terminal's input has no end. */
  endInput(): void;
  /** Bytes that were written and not read, beyond what the kernel takes; absent: not known. */
  unread?(): number;
  /** Pids of everything of it that lives; absent: not known. */
  processes?(): readonly number[];
  resize(size: TerminalSize): void;
  /** Back pressure (`overflow: block`): no output events until `flow`. */
  hold(): void;
  flow(): void;
  /** To the program's foreground group, as a key in a terminal would. */
  signal(signal: SignalName): void;
  /** P2: stops, and lets go on, everything it started. Resolves when that is so. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** P2: SIGTERM, 10 s, SIGKILL, to everything; `force`: SIGKILL now. Resolves when nothing of it is left. */
  terminate(options: { readonly force: boolean }): Promise<void>;
}

/** Starts one. Rejects with a `ProgramError` when it cannot be, and then nothing of it is left. */
export type StartProgram = (request: ProgramRequest, events: ProgramEvents) => Promise<RunningProgram>;

/** An error for the person who asked: `field` names the field to correct. */
export class ProgramError extends Error {
  readonly code: ErrorCode;
  readonly field: string;

  constructor(code: ErrorCode, message: string, field: string) {
    super(message);
    this.name = 'ProgramError';
    this.code = code;
    this.field = field;
  }
}
