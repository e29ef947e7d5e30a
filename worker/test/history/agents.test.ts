import { env } from 'cloudflare:workers';
import type { PastAgent, TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { listPastAgents } from '../../src/history/agents.ts';
import type { Database } from '../../src/history/database.ts';
import { forgetOld } from '../../src/history/retention.ts';
import { historyIn } from '../../src/history/write.ts';
import { newTeam } from '../front.ts';
import { NOW, pastAgentOf } from './rig.ts';

const DAY = 24 * 3_600_000;
const fresh = (over: object = {}) => pastAgentOf({ agentUid: crypto.randomUUID(), ...over });

/** Counts what a write costs. */
class Costed {
  rows = 0;
  readonly #database: Database = {
    prepare: (sql) => env.DB.prepare(sql),
    batch: async (statements) => {
      const results = await env.DB.batch<never>(statements);
      this.rows += results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
      return results;
    },
  };

  async write(team: TeamId, agent: PastAgent): Promise<number> {
    const before = this.rows;
    await historyIn(this.#database).writeAgent(team, agent);
    return this.rows - before;
  }
}

const all = async (team: TeamId) => (await listPastAgents(env.DB, team, { limit: 50 })).rows;

describe('[A4] agents in history', () => {
  it('are one row each, as they are now; the same again writes nothing', async () => {
    const team = newTeam();
    const costed = new Costed();
    const one = fresh();
    expect(await costed.write(team, one)).toBeGreaterThan(0);
    expect(await costed.write(team, one)).toBe(0);
    const renamed = { ...one, name: 'Other', labels: {}, createdAt: NOW + 5 };
    expect(await costed.write(team, renamed)).toBeGreaterThan(0);
    expect(await all(team)).toEqual([{ ...renamed, createdAt: NOW }]);
  });

  it('[N1] stay when they are deleted, since when they first were; the name is then another agent’s', async () => {
    const team = newTeam();
    const costed = new Costed();
    const one = fresh();
    const ended = { ...one, deletedAt: NOW + 10 };
    await costed.write(team, one);
    await costed.write(team, ended);
    expect(await costed.write(team, { ...one, deletedAt: NOW + 20 })).toBe(0);
    expect(await costed.write(team, one)).toBe(0);
    const next = fresh({ createdAt: NOW + 30 });
    await costed.write(team, next);
    expect(await all(team)).toEqual([next, ended]);
  });

  it('are listed youngest first, also those of one ms and those of nobody knows when; no page repeats one', async () => {
    const team = newTeam();
    const made = [null, NOW, NOW, NOW, NOW + 1].map((createdAt) => fresh({ createdAt }));
    for (const one of made) await historyIn(env.DB).writeAgent(team, one);
    const seen: PastAgent[] = [];
    let before: number | undefined;
    for (let pages = 0; pages < 9 && before !== -1; pages += 1) {
      const { rows, next } = await listPastAgents(env.DB, team, { limit: 2, before });
      seen.push(...rows);
      before = next ?? -1;
    }
    expect(seen).toEqual([...made].reverse());
    expect((await listPastAgents(env.DB, team, { limit: 9, since: NOW + 1 })).rows.length).toBe(1);
    expect(await all(newTeam())).toEqual([]);
  });

  it('[A3] are forgotten as long after their end as their last command', async () => {
    const team = newTeam();
    const now = Date.now();
    const agents = [40, 29, null].map((days) =>
      fresh({ createdAt: now - 90 * DAY, deletedAt: days === null ? null : now - days * DAY }),
    );
    for (const one of agents) await historyIn(env.DB).writeAgent(team, one);
    await forgetOld(env.DB, 30, now);
    expect((await all(team)).map(({ deletedAt }) => deletedAt)).toEqual([null, now - 29 * DAY]);
  });
});
