import { existsSync } from 'node:fs';
import type { AgentDirectory } from '../host/files.ts';
import {
  endOrphanedProcesses,
  type ProgramRecord,
  ProgramRecordSchema,
} from '../program/orphaned-processes.ts';
import { Journal } from './commands/journal.ts';
import { journalFile } from './commands/journal-file.ts';

/**
 * P4: ends what a dead keeper left of its program and its commands. Returns the record of it, null when it left nothing
 * running. The record stays: it goes when it is on disk what is to become of the program (P10).
 */
export async function endOrphanedProcessesOf(directory: AgentDirectory): Promise<ProgramRecord | null> {
  const journal = new Journal(journalFile(directory.journal));
  await Promise.all(journal.unfinished().map(([, record]) => endOrphanedProcesses(record)));
  await endOrphanedAdapters(directory);
  const text = directory.read('program.json');
  if (text === null) return null;
  const record = ProgramRecordSchema.parse(JSON.parse(text));
  await endOrphanedProcesses(record);
  return record;
}

/** P4: of conversations, which few agents have. */
async function endOrphanedAdapters({ turns }: AgentDirectory): Promise<void> {
  if (!existsSync(turns)) return;
  const { TurnJournal } = await import('./conversations/turn-journal.ts');
  const adapters = new TurnJournal(journalFile(turns)).adapters();
  await Promise.all(adapters.map(([, record]) => endOrphanedProcesses(record)));
}
