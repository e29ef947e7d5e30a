import type { UnitOfWork } from '../unit-of-work.ts';
import { isActive } from './command.ts';
import { end } from './lifecycle.ts';

const reason = 'its agent was deleted';

/** N1: the agent goes, and its host ends what it started: nobody is left to tell what became of it. */
export function endAllCommands(work: UnitOfWork): void {
  const all = [...work.room.commands.values()];
  for (const record of all)
    if (record.life.at === 'queued')
      end(work, record, { status: 'cancelled' }, { cause: 'cancelled', reason });
  for (const record of all)
    if (isActive(record.life)) end(work, record, { status: 'interrupted' }, { cause: 'interrupted', reason });
}
