import type { HistoryMatch, TeamId } from '@muster/protocol';
import { type Search as CommandSearch, searchCommands } from './commands.ts';
import type { Database } from './database.ts';
import type { Page } from './page.ts';
import { searchItems } from './search-items.ts';

export interface Search extends Omit<CommandSearch, 'column'> {
  /** Where to look; absent: everywhere. */
  readonly in?: 'command' | 'output' | 'conversation' | undefined;
}

/** Where words stand in commands, in what they printed and in conversations, newest first. */
export async function searchHistory(
  database: Database,
  team: TeamId,
  search: Search,
  page: Page,
): Promise<{ readonly matches: readonly HistoryMatch[]; readonly next: number | null }> {
  const { in: where, ...rest } = search;
  // Nothing that was said has a status or an exit code.
  const isCommands = search.status !== undefined || search.exitCode !== undefined;
  const [commands, items] = await Promise.all([
    where === 'conversation'
      ? { matches: [] }
      : searchCommands(database, team, { ...rest, column: where }, page),
    isCommands || (where !== undefined && where !== 'conversation')
      ? { rows: [] }
      : searchItems(database, team, rest, page),
  ]);
  const all = [...commands.matches, ...items.rows].sort((left, right) => right.id - left.id);
  const shown = all.slice(0, page.limit);
  const next = all.length < page.limit ? null : (shown.at(-1)?.id ?? null);
  return { matches: shown.map(({ id: _, ...match }) => match), next };
}
