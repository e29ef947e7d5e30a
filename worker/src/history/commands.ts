import { type CommandRow, CommandRowSchema, type Match, type Snippet, type TeamId } from '@muster/protocol';
import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type Database, queries } from './database.ts';
import type { Column } from './grams.ts';
import { snippetAround } from './marking.ts';
import { outputSnippets } from './output-snippets.ts';
import { among, type Page, paged, within } from './page.ts';
import { type Scope, seesNothing } from './scope.ts';
import { commands, commandText } from './tables.ts';
import { MARK, matchOf, snippetOf, type Term, termsOf } from './text.ts';

export interface CommandFilter extends Omit<Scope, 'team'> {
  readonly text?: string | undefined;
}

const { team: _, ...columns } = getTableColumns(commands);
const RowSchema = CommandRowSchema.extend({ id: z.number() });
const ROWS = z.array(RowSchema);
const shown = ({ id: _, ...row }: z.infer<typeof RowSchema>): CommandRow => row;

const COLUMNS: readonly Column[] = ['command', 'output'];
/** Words of a snippet; the index allows 64. */
const AROUND = 24;
const marked = (column: Column) =>
  sql<
    string | null
  >`snippet(command_text, ${COLUMNS.indexOf(column) + 1}, ${MARK.begin}, ${MARK.end}, '…', ${AROUND})`;

const isAll = ({ text, agentId, among: visibility, memberId, status, exitCode }: CommandFilter) =>
  [text, agentId, visibility, memberId, status, exitCode].every((one) => one === undefined);

/** Everything of a team goes by its own index, all that is narrower by that of words. */
function listed(database: Database, team: TeamId, filter: CommandFilter, page: Page) {
  const db = queries(database);
  const rows = db.select(columns).from(commands).limit(page.limit);
  if (isAll(filter))
    return rows.where(and(eq(commands.team, team), within(commands.id, page))).orderBy(desc(commands.id));
  const match = matchOf({ ...filter, team }, filter.text ?? '', COLUMNS);
  return rows
    .innerJoin(commandText, eq(commandText.rowid, commands.id))
    .where(
      and(
        sql`${commandText.question} MATCH ${match}`,
        among(commands, filter.among),
        within(commandText.rowid, page),
      ),
    )
    .orderBy(desc(commandText.rowid));
}

/** Newest first. Text without a letter or a digit in it asks for nothing that could be found. */
export async function listCommands(database: Database, team: TeamId, filter: CommandFilter, page: Page) {
  const nothing = filter.text !== undefined && termsOf(filter.text).length === 0;
  if (nothing || seesNothing(filter.among)) return { rows: [], next: null };
  const found = paged(ROWS.parse(await listed(database, team, filter, page)), page);
  return { rows: found.rows.map(shown), next: found.next };
}

export interface Search extends CommandFilter {
  readonly text: string;
  /** Where to look; absent: in both. */
  readonly column?: Column | undefined;
}

const MATCHES = z.array(RowSchema.extend({ line: z.string().nullable(), printed: z.string().nullable() }));
type Found = z.infer<typeof MATCHES>[number];

/** Newest first, with what stands around the words. */
export async function searchCommands(database: Database, team: TeamId, search: Search, page: Page) {
  const terms = termsOf(search.text);
  if (terms.length === 0 || seesNothing(search.among)) return { matches: [], next: null };
  const wanted = search.column === undefined ? COLUMNS : [search.column];
  const rows = await queries(database)
    .select({ ...columns, line: marked('command'), printed: marked('output') })
    .from(commandText)
    .innerJoin(commands, eq(commands.id, commandText.rowid))
    .where(
      and(
        sql`${commandText.question} MATCH ${matchOf({ ...search, team }, search.text, wanted)}`,
        among(commands, search.among),
        within(commandText.rowid, page),
      ),
    )
    .orderBy(desc(commandText.rowid))
    .limit(page.limit);
  const found = paged(MATCHES.parse(rows), page);
  return { matches: await shownMatches(database, found.rows, terms, wanted), next: found.next };
}

/** What the index marks is shown so; parts of words, which it cannot mark, are looked for in the texts. */
async function shownMatches(
  database: Database,
  rows: readonly Found[],
  terms: readonly Term[],
  wanted: readonly Column[],
): Promise<(Match & { readonly id: number })[]> {
  const isAside = ({ line, printed }: Found) =>
    terms.some(({ kind }) => kind === 'part') || (snippetOf(line) ?? snippetOf(printed)) === null;
  const aside = rows.filter(isAside).map(({ id }) => id);
  const outputs = wanted.includes('output')
    ? await outputSnippets(database, aside, terms)
    : new Map<number, Snippet>();
  return rows.map((found) => {
    const { line, printed, ...row } = found;
    const command = shown(row);
    const of = { kind: 'command' as const, id: row.id, command };
    if (!isAside(found)) return { ...of, line: snippetOf(line), output: snippetOf(printed) };
    const own = wanted.includes('command') ? snippetAround(row.command, terms) : null;
    return { ...of, line: own, output: outputs.get(row.id) ?? null };
  });
}

/** Null: history has no such command of this team. */
export async function findCommand(
  database: Database,
  team: TeamId,
  commandId: string,
): Promise<CommandRow | null> {
  const found = await queries(database)
    .select(columns)
    .from(commands)
    .where(and(eq(commands.team, team), eq(commands.commandId, commandId)));
  const [row] = ROWS.parse(found);
  return row === undefined ? null : shown(row);
}
