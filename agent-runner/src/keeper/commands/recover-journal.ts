import { wireError } from '@muster/protocol';
import type { CommandControllerDeps } from './command-controller.ts';

/**
 * Q5, when a keeper begins. `inherited`: the stream goes on in an epoch of an earlier process. Whatever that had started is
 * ended by now (P4), and nobody saw how. False: its journal is lost, and with it which commands were started.
 */
export function recoverJournal(
  { journal, epoch, emit }: Pick<CommandControllerDeps, 'journal' | 'epoch' | 'emit'>,
  inherited: boolean,
) {
  if (inherited && journal.epoch !== epoch()) return false;
  const error = wireError('COMMAND_LOST', 'nobody saw what became of it: the keeper was killed');
  for (const [commandId] of journal.unfinished()) {
    if (inherited) emit({ type: 'command:ended', commandId, interrupted: false, error });
    journal.finish(commandId);
  }
  if (!inherited) journal.startEpoch(epoch());
  return true;
}
