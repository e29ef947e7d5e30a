import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { TeamId } from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { listCommands } from '../../src/history/commands.ts';
import type { Database } from '../../src/history/database.ts';
import { reindexOld } from '../../src/history/reindex.ts';
import { historyIn } from '../../src/history/write.ts';
import worker from '../../src/index.ts';
import { newTeam } from '../front.ts';
import { Steps } from './rig.ts';

const NOW = Date.now();

/** Commands as an older Worker left them: nothing of their parts is in the index. */
async function old(count: number, output = '发生错误了'): Promise<{ team: TeamId; steps: Steps }> {
  const team = newTeam();
  const steps = new Steps(crypto.randomUUID());
  for (let nth = 0; nth < count; nth += 1) steps.ran(`${nth}`, 'make', 0, NOW - 1_000 + nth, output);
  await historyIn(env.DB).write(steps.batch(team));
  await env.DB.prepare('UPDATE commands SET line_grams = NULL, output_grams = NULL WHERE team = ?')
    .bind(team)
    .run();
  return { team, steps };
}

const found = async (team: TeamId, text: string) =>
  (await listCommands(env.DB, team, { text }, { limit: 200 })).rows.length;
const grams = async (team: TeamId) => {
  const asked = env.DB.prepare(
    'SELECT line_grams, output_grams FROM commands WHERE team = ? ORDER BY id',
  ).bind(team);
  return (await asked.all()).results;
};

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM commands').run();
  await env.DB.prepare("DELETE FROM deployment WHERE key = 'grams_from'").run();
});

describe('[A2] commands that an older Worker wrote', () => {
  it('are found by their parts once the cron has run, and by their words before', async () => {
    const { team } = await old(3, 'ERROR 发生错误了');
    expect([await found(team, '错误'), await found(team, 'error')]).toEqual([0, 3]);
    await worker.scheduled(createScheduledController(), env);
    expect([await found(team, '错误'), await found(team, 'error')]).toEqual([3, 3]);
  });

  it('are taken in bounded steps, newest first, and it goes on where it stood', async () => {
    const { team } = await old(501);
    await reindexOld(env.DB, NOW, 1);
    expect((await grams(team)).filter(({ output_grams }) => output_grams !== null)).toHaveLength(500);
    expect((await grams(team))[0]).toEqual({ line_grams: null, output_grams: null });
    await reindexOld(env.DB, NOW + 3_600_000, 1);
    expect((await grams(team)).every(({ output_grams }) => output_grams !== null)).toBe(true);
    while (!(await reindexOld(env.DB, NOW))) expect(await found(team, '错误')).toBe(200);
    expect(await reindexOld(env.DB, NOW)).toBe(true);
  });

  it('are few at a time where they are long', async () => {
    const { team } = await old(6, '很长'.repeat(30_000));
    await reindexOld(env.DB, NOW, 1);
    const done = (await grams(team)).filter(({ output_grams }) => output_grams !== null).length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(6);
    await reindexOld(env.DB, NOW, 50);
    expect(await found(team, '长很')).toBe(6);
  });

  it('keep what was written to them meanwhile, and a step that is cut off is done again', async () => {
    const { team, steps } = await old(2);
    let calls = 0;
    const racing: Database = {
      prepare: (sql) => env.DB.prepare(sql),
      batch: async (statements) => {
        calls += 1;
        // Between reading and writing its room tells a late word.
        if (calls === 3) {
          steps.ended('0', 1, NOW + 5, '成功了');
          await historyIn(env.DB).write(steps.batch(team));
        }
        return env.DB.batch(statements);
      },
    };
    await reindexOld(racing, NOW, 1);
    expect([await found(team, '成功'), await found(team, '错误')]).toEqual([1, 1]);
    const failing: Database = {
      ...racing,
      batch: async () => {
        throw new Error('D1_ERROR: Network connection lost.');
      },
    };
    await expect(reindexOld(failing, NOW)).rejects.toThrow('lost');
    await reindexOld(env.DB, NOW);
    expect(await found(team, '错误')).toBe(1);
  });
});
