import { type CommandId, CommandIdSchema, type Epoch, EpochSchema } from '@muster/protocol';
import * as z from 'zod';
import { type ProgramRecord, ProgramRecordSchema } from '../../program/orphaned-processes.ts';

/** Where the journal lies; what was appended survives the loss of power. @throws when the disk takes no more */
export interface JournalFile {
  read(): string | null;
  append(text: string): void;
  replace(text: string): void;
}

/** Commands that are over and still known by id; a room repeats none of which it has heard the end. */
const KNOWN = 1_000;

const LineSchema = z.union([
  z.object({ epoch: EpochSchema }),
  z.object({ commandId: CommandIdSchema, record: ProgramRecordSchema }),
  z.object({ commandId: CommandIdSchema, over: z.literal(true) }),
]);
type Line = z.infer<typeof LineSchema>;

/**
 * Q5: which commands of an epoch were started, written down before they are. It begins with the epoch: a stream whose
 * journal is not its own has lost it, and nobody can say what was started under that epoch.
 */
export class Journal {
  readonly #file: JournalFile;
  #epoch: Epoch | null = null;
  /** null: it is over. */
  #known = new Map<CommandId, ProgramRecord | null>();
  #lines = 0;

  constructor(file: JournalFile) {
    this.#file = file;
    for (const line of linesOf(file.read() ?? '')) this.#take(line);
  }

  get epoch(): Epoch | null {
    return this.#epoch;
  }

  knows(commandId: CommandId): boolean {
    return this.#known.has(commandId);
  }

  /** The commands that were started and are not known to have ended. */
  unfinished(): readonly (readonly [CommandId, ProgramRecord])[] {
    return [...this.#known].flatMap(([commandId, record]) =>
      record === null ? [] : [[commandId, record] as const],
    );
  }

  /** Before anything of it is started, and again when its first process is known. @throws as the file does */
  begin(commandId: CommandId, record: ProgramRecord): void {
    const line = { commandId, record };
    this.#write(line);
    this.#take(line);
  }

  /** When its end stands in the stream; also of one that is never to start. A full disk keeps no command from ending. */
  finish(commandId: CommandId): void {
    const line = { commandId, over: true } as const;
    this.#take(line);
    attempt(() => this.#write(line));
    if (this.#lines > 3 * KNOWN) attempt(() => this.#rewrite(this.#epoch));
  }

  /**
   * A new epoch has begun, in which nothing was started. Running processes must still be found (P4). On a full disk
   * it stays behind, and no command is started.
   */
  startEpoch(epoch: Epoch): void {
    this.#known = new Map(this.unfinished());
    if (attempt(() => this.#rewrite(epoch))) this.#epoch = epoch;
  }

  #write(line: Line): void {
    this.#file.append(`${JSON.stringify(line)}\n`);
  }

  #take(line: Line): void {
    this.#lines += 1;
    if ('epoch' in line) this.#epoch = line.epoch;
    else this.#known.set(line.commandId, 'record' in line ? line.record : null);
  }

  #rewrite(epoch: Epoch | null): void {
    const over = [...this.#known].filter(([, record]) => record === null);
    for (const [commandId] of over.slice(0, Math.max(0, over.length - KNOWN))) this.#known.delete(commandId);
    const lines: Line[] = [...this.#known].map(([commandId, record]) =>
      record === null ? { commandId, over: true } : { commandId, record },
    );
    if (epoch !== null) lines.unshift({ epoch });
    this.#file.replace(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    this.#lines = lines.length;
  }
}

/** False: the disk takes no more. */
function attempt(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}

/** A last line that a crash cut off started nothing. One in the middle that cannot be read loses all before it. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (const each of text.split('\n').slice(0, -1)) {
    const line = LineSchema.safeParse(jsonOrNull(each));
    if (line.success) lines.push(line.data);
    else lines.length = 0;
  }
  return lines;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
