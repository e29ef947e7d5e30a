import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { findCommand, listCommands } from '../../src/history/commands.ts';
import { listEvents } from '../../src/history/events.ts';
import { forgetOld } from '../../src/history/retention.ts';
import { historyIn } from '../../src/history/write.ts';
import worker from '../../src/index.ts';
import { newTeam } from '../front.ts';
import { Steps } from './rig.ts';

const DAY = 24 * 3_600_000;
const ALL = { limit: 50 };

/** Commands of so many days ago, each called by its age. */
async function aged(...days: number[]) {
  const team = newTeam();
  const steps = new Steps(crypto.randomUUID());
  for (const age of days) steps.ran(`${age}`, 'same words', 0, Date.now() - age * DAY - 1_000, 'printed');
  await historyIn(env.DB).write(steps.batch(team));
  return team;
}

describe('retention', () => {
  it('[A3] forgets what is older than the days that are set, with its steps and in search too', async () => {
    const team = await aged(31, 30, 29, 0);
    await worker.scheduled(createScheduledController(), env);
    for (const filter of [{}, { text: 'printed' }]) {
      const { rows } = await listCommands(env.DB, team, filter, ALL);
      expect(rows.map(({ commandId }) => commandId)).toEqual(['0', '29']);
    }
    expect((await listEvents(env.DB, team, {}, ALL)).rows.length).toBe(6);
  });

  it('[A3] takes a bounded part at a time, the oldest first', async () => {
    const team = newTeam();
    const steps = new Steps(crypto.randomUUID());
    for (let nth = 0; nth < 501; nth += 1) steps.asked(`${nth}`, 'x', Date.now() - 40 * DAY + nth);
    await historyIn(env.DB).write(steps.batch(team));
    expect(await forgetOld(env.DB, 30, Date.now(), 1)).toBe(500);
    expect(await findCommand(env.DB, team, '499')).toBeNull();
    expect(await findCommand(env.DB, team, '500')).not.toBeNull();
    expect(await forgetOld(env.DB, 30, Date.now())).toBe(1 + 501);
    expect(await forgetOld(env.DB, 30, Date.now())).toBe(0);
  });
});
