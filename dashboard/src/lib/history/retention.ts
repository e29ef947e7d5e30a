import type { CommandRow } from '@muster/protocol';
import { neverStarted } from '../commands/result.ts';

/** How much of a command's output remains, once it was read to its end. `missing`: bytes that are lost. */
export type Retention =
  | { readonly name: 'never-ran' | 'nothing' | 'whole' | 'so-far' | 'some' | 'gone' }
  | { readonly name: 'part'; readonly missing: number };

type Known = Pick<CommandRow, 'status' | 'stdoutBytes' | 'stderrBytes'> &
  Partial<Pick<CommandRow, 'exitCode' | 'signal' | 'error' | 'executionTime'>>;

/** Bytes it printed; null: nobody knows, since it runs or was lost. */
export function printedBy({ stdoutBytes, stderrBytes }: Known): number | null {
  return stdoutBytes === null && stderrBytes === null ? null : (stdoutBytes ?? 0) + (stderrBytes ?? 0);
}

/** The retention known before anything is read; null: it has to be read. */
export function retentionBeforeRead(command: Known): Retention | null {
  if (command.status === 'queued' || command.status === 'cancelled' || neverStarted(command))
    return { name: 'never-ran' };
  return printedBy(command) === 0 ? { name: 'nothing' } : null;
}

/** `read`: bytes that came; `isWhole`: nothing was marked as missing. */
export function retentionOf(command: Known, read: number, isWhole: boolean): Retention {
  const printed = printedBy(command);
  if (command.status === 'running' && (isWhole || read > 0)) return { name: 'so-far' };
  if (read === 0) return { name: isWhole && printed === null ? 'nothing' : 'gone' };
  if (printed !== null && read < printed) return { name: 'part', missing: printed - read };
  return { name: isWhole ? 'whole' : 'some' };
}
