import type { Epoch, Placement } from '@muster/protocol';
import type { Log } from '../host/log.ts';
import type { StartProgram } from '../program/program.ts';
import type { Spool } from '../spool/spool.ts';
import type { Journal } from './commands/journal.ts';
import type { RecordFile } from './program-slot.ts';
import type { LastRunFile } from './runs.ts';

/** The socket to the room, as the keeper uses it. */
export interface RoomLink {
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array, written: () => void): void;
}

export interface KeeperDeps {
  readonly placement: Placement;
  readonly version: string;
  readonly spool: Spool;
  readonly link: RoomLink;
  readonly startProgram: StartProgram;
  readonly record: RecordFile;
  readonly lastRun: LastRunFile;
  /** Q5: which commands were started. */
  readonly journal: Journal;
  /** Directories under which programs may work, as the host allows now (X9). */
  readonly roots: () => readonly string[];
  readonly newEpoch: () => Epoch;
  readonly now: () => number;
  readonly log: Log;
  /** A person decided whether the program should run. */
  readonly wanted: (running: boolean) => void;
  readonly linked: (linked: boolean) => void;
  /** Something happened. */
  readonly busy: () => void;
}
