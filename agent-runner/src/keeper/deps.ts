import type { Epoch, Placement, ProgramState } from '@muster/protocol';
import type { Log } from '../host/log.ts';
import type { OwnerEnvironment } from '../host/owner-environment.ts';
import type { StartProgram } from '../program/program.ts';
import type { Spool } from '../spool/spool.ts';
import type { PolicyFile } from './agent-policy.ts';
import type { Journal, JournalFile } from './commands/journal.ts';
import type { LastRunFile } from './last-run.ts';
import type { RecordFile } from './program-slot.ts';

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
  /** C16: which turns were started. */
  readonly turns: JournalFile;
  /** C9: the policy as the room told it last. */
  readonly policyFile: PolicyFile;
  /** C15: a directory of its own, for copies of uploaded files. */
  readonly files: string;
  /** Directories under which programs may work, as the host allows now (X9). */
  readonly roots: () => readonly string[];
  /** P6: what programs get of their host's owner, as it is now. */
  readonly owner: () => OwnerEnvironment;
  readonly newEpoch: () => Epoch;
  readonly now: () => number;
  readonly log: Log;
  /** How the program ended, where an earlier keeper wrote it down. */
  readonly lastState: ProgramState | null;
  /** P10: writes down whether a later keeper may start the program by itself, and how it ended. False: the disk took nothing. */
  readonly recordWanted: (running: boolean, ended: ProgramState | null) => boolean;
  readonly onLinkChange: (linked: boolean) => void;
  /** Something happened. `output`: the program, or a command, printed. */
  readonly onActivity: (output: boolean) => void;
}
