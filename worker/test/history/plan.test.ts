import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { listPastAgents } from '../../src/history/agents.ts';
import { listAudit } from '../../src/history/audit.ts';
import { findCommand, listCommands, searchCommands } from '../../src/history/commands.ts';
import type { Database } from '../../src/history/database.ts';
import { listEvents } from '../../src/history/events.ts';
import { newTeam } from '../front.ts';

const team = newTeam();

/** What SQLite means to do for each question that `ask` puts. */
async function plans(ask: (database: Database) => Promise<unknown>): Promise<string[]> {
  const asked: { readonly sql: string; readonly values: unknown[] }[] = [];
  const prepare = (sql: string) => {
    const bind = (...values: unknown[]) => {
      asked.push({ sql, values });
      return env.DB.prepare(sql).bind(...values);
    };
    return { bind } as unknown as D1PreparedStatement;
  };
  await ask({ prepare, batch: env.DB.batch.bind(env.DB) });
  const explained = asked.map(async ({ sql, values }) => {
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...values)
      .all<{ detail: string }>();
    return results.map(({ detail }) => detail);
  });
  return (await Promise.all(explained)).flat();
}

/** All subsets of some filters. */
function subsets<T extends object>(all: T): Partial<T>[] {
  const entries = Object.entries(all);
  return Array.from(
    { length: 2 ** entries.length },
    (_, bits) => Object.fromEntries(entries.filter((_entry, index) => bits & (1 << index))) as Partial<T>,
  );
}

/** By an index in its own order: nothing is read that is not asked for, and nothing sorted. */
function expectIndexed(details: readonly string[]): void {
  expect(details.length).toBeGreaterThan(0);
  for (const detail of details) {
    expect(detail).not.toMatch(/TEMP B-TREE/);
    expect(detail).toMatch(/^SEARCH |^SCAN command_text VIRTUAL TABLE INDEX \d+:M/);
  }
}

const FILTERS = { agentId: 'one', memberId: 'ada', status: 'failed', exitCode: 1, text: 'npm test' };
const PAGES = subsets({ before: 9, since: 1, until: 8 }).map((page) => ({ limit: 5, ...page }));

describe('[F12] every list goes by an index', () => {
  it('of commands, by any filters together, on any page', async () => {
    for (const filter of subsets(FILTERS))
      for (const page of PAGES) expectIndexed(await plans((db) => listCommands(db, team, filter, page)));
  });

  it('of matches', async () => {
    for (const page of PAGES)
      expectIndexed(await plans((db) => searchCommands(db, team, { ...FILTERS, column: 'output' }, page)));
  });

  it('of steps, and one command', async () => {
    for (const filter of subsets({ agentId: 'one', commandId: 'c' }))
      for (const page of PAGES) expectIndexed(await plans((db) => listEvents(db, team, filter, page)));
    expectIndexed(await plans((db) => findCommand(db, team, 'c')));
  });

  it('of agents', async () => {
    for (const page of PAGES) expectIndexed(await plans((db) => listPastAgents(db, team, page)));
  });

  it('of the audit log', async () => {
    for (const filter of subsets({ agentId: 'one', memberId: 'ada', action: 'agent:start' }))
      for (const before of [undefined, 9])
        expectIndexed(await plans((db) => listAudit(db, team, filter, { limit: 5, before })));
  });
});
