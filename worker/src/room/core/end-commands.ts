import { isActive } from './command.ts';
import { end } from './commands.ts';
import type { Turn } from './turn.ts';

const reason = 'its agent was deleted';

/** N1: the agent goes, and its host ends what it started: nobody is left to tell what became of it. */
export function endCommands(turn: Turn): void {
  const all = [...turn.room.commands.values()];
  for (const record of all)
    if (record.life.at === 'queued')
      end(turn, record, { status: 'cancelled' }, { cause: 'cancelled', reason });
  for (const record of all)
    if (isActive(record.life)) end(turn, record, { status: 'interrupted' }, { cause: 'interrupted', reason });
}
