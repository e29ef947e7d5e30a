import * as z from 'zod';
import type { Database } from './database.ts';
import { gramsOf } from './grams.ts';
import { HISTORY } from './types.ts';

/** Where this stands, in the table of what the deployment says of itself: all rows from this id on are done. */
const KEY = 'grams_from';
/** Of one step: ids looked at, rows read, and characters of these; so that none takes long or much memory. */
const SPAN = 5_000;
const ROWS = 500;
const CHARS = 256 * 1024;
/** Steps of one run; what is left is the next run's. */
const STEPS = 200;

/** Rows that an older Worker may have written, newest first: those with anything that is not ASCII, up to a bound. */
const OLD = `
  WITH span AS (
    SELECT id, number, command, output FROM commands WHERE id < ?1 ORDER BY id DESC LIMIT ${SPAN}
  ), wide AS (
    SELECT *, sum(length(command) + coalesce(length(output), 0)) OVER (ORDER BY id DESC) AS chars,
      row_number() OVER (ORDER BY id DESC) AS nth
    FROM span
    WHERE length(CAST(command AS BLOB)) > length(command) OR length(CAST(output AS BLOB)) > length(output)
  )
  SELECT id, number, command, output, (SELECT min(id) FROM span) AS least,
    (SELECT count(*) FROM wide) AS found
  FROM (SELECT 1) LEFT JOIN wide ON nth = 1 OR (nth <= ${ROWS} AND chars <= ${CHARS})
  ORDER BY id DESC`;

/** A row that was changed since it was read has its grams from the one who changed it. */
const WRITE = `
  UPDATE commands SET line_grams = value ->> 'line', output_grams = value ->> 'output'
  FROM json_each(?1)
  WHERE commands.id = value ->> 'id' AND commands.number = value ->> 'number'
    AND (line_grams IS NOT value ->> 'line' OR output_grams IS NOT value ->> 'output')`;

const OldSchema = z.object({
  id: z.number().nullable(),
  number: z.number().nullable(),
  command: z.string().nullable(),
  output: z.string().nullable(),
  least: z.number().nullable(),
  found: z.number(),
});
const WhereSchema = z.array(z.object({ value: z.coerce.number() }));

/** Null: it was never begun. */
async function whereItStands(database: Database): Promise<number | null> {
  const statement = database.prepare('SELECT value FROM deployment WHERE key = ?').bind(KEY);
  const [result] = await database.batch([statement]);
  return WhereSchema.parse(result?.results ?? [])[0]?.value ?? null;
}

const stand = (database: Database, id: number) =>
  database
    .prepare(
      'INSERT INTO deployment (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2 WHERE CAST(value AS INTEGER) > ?2',
    )
    .bind(KEY, String(id));

/** Rows as JSON, in portions that each fit a parameter; the tokens are ASCII. */
function parametersOf(rows: readonly object[]): string[] {
  const parameters: string[] = [];
  for (const row of rows.map((one) => JSON.stringify(one))) {
    const last = parameters.at(-1);
    if (last === undefined || last.length + row.length > HISTORY.parameterBytes) parameters.push(row);
    else parameters[parameters.length - 1] = `${last},${row}`;
  }
  return parameters.map((joined) => `[${joined}]`);
}

/** One step below `from`; resolves to where it ended, 0 when nothing is left. */
async function step(database: Database, from: number): Promise<number> {
  const [result] = await database.batch([database.prepare(OLD).bind(from)]);
  const rows = z.array(OldSchema).parse(result?.results ?? []);
  const read = rows.flatMap(({ id, number, command, output }) =>
    id === null ? [] : [{ id, number, line: gramsOf(command, 'command'), output: gramsOf(output, 'output') }],
  );
  const [first] = rows;
  const least = first?.least ?? 0;
  const isWhole = read.length === (first?.found ?? 0);
  const next = isWhole ? least : (read.at(-1)?.id ?? least);
  const written = read.filter(({ line, output }) => line !== null || output !== null);
  const writes = parametersOf(written).map((rows) => database.prepare(WRITE).bind(rows));
  await database.batch([...writes, stand(database, next)]);
  return next;
}

/**
 * A2: brings rows of older Workers into the index of parts, newest first, in bounded steps. Readers and writers go on
 * meanwhile; it goes on where it stood, and a step that is done twice changes nothing. Resolves to whether all is done.
 * @throws Error when D1 does not answer
 */
export async function reindexOld(database: Database, now: number, steps: number = STEPS): Promise<boolean> {
  let from = (await whereItStands(database)) ?? (now + 1) * HISTORY.idsPerMs;
  for (let left = steps; left > 0 && from > 0; left -= 1) from = await step(database, from);
  return from === 0;
}
