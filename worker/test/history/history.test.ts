import { env } from 'cloudflare:workers';
import type { CommandRow, TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { findCommand, listCommands, searchCommands } from '../../src/history/commands.ts';
import { listEvents } from '../../src/history/events.ts';
import { historyIn } from '../../src/history/write.ts';
import { newTeam } from '../front.ts';
import { NOW, Steps } from './rig.ts';

const writer = historyIn(env.DB);
const fresh = () => new Steps(crypto.randomUUID());
const ALL = { limit: 50 };

const ids = (rows: readonly CommandRow[]) => rows.map(({ commandId }) => commandId);
const list = async (team: TeamId, filter = {}, page = {}) =>
  ids((await listCommands(env.DB, team, filter, { ...ALL, ...page })).rows);
const find = async (team: TeamId, text: string, column?: 'command' | 'output') =>
  (await searchCommands(env.DB, team, { text, column }, ALL)).matches;

/** A team with three agents' pasts. */
async function past() {
  const team = newTeam();
  const one = fresh()
    .ran('a', 'npm run build', 0, NOW, 'built the café in 3 s')
    .ran('b', 'npm test -- --watch', 1, NOW + 1, 'FAIL src/queue.test.ts')
    .ran('c', 'git push', 137, NOW + 2, undefined, { memberId: 'grace' });
  const two = fresh()
    .asked('d', 'npm run build', NOW + 3)
    .ran('e', 'make check', -1, NOW + 4);
  await writer.write(one.batch(team));
  await writer.write(two.batch(team, 'two'));
  return team;
}

describe('history of commands', () => {
  it('[A1] has all of a command, and each of its steps', async () => {
    const team = newTeam();
    await writer.write(fresh().ran('a', 'npm test', 3, NOW, 'no').batch(team));
    expect(await findCommand(env.DB, team, 'a')).toEqual({
      ...{
        commandId: 'a',
        agentId: 'one',
        agentUid: expect.any(String),
        command: 'npm test',
        status: 'failed',
      },
      ...{
        priority: 'normal',
        interactive: false,
        attempt: 1,
        retryOf: null,
        timeout: null,
        memberId: 'ada',
      },
      ...{
        name: null,
        requestedAt: NOW,
        startedAt: NOW,
        endedAt: NOW,
        exitCode: 3,
        signal: null,
        error: null,
        errorMessage: null,
      },
      ...{ executionTime: 5, stdoutBytes: 2, stderrBytes: 0, reason: null },
    });
    const { rows } = await listEvents(env.DB, team, { commandId: 'a' }, ALL);
    expect(rows.map(({ number, from, to, cause }) => [number, from, to, cause])).toEqual([
      [3, 'running', 'failed', 'exited'],
      [2, 'queued', 'running', 'started'],
      [1, null, 'queued', 'requested'],
    ]);
    expect(await findCommand(env.DB, newTeam(), 'a')).toBeNull();
  });

  it('[A1] is the same however its steps are cut into batches, repeated, or sent again after newer ones', async () => {
    const steps = fresh()
      .asked('a', 'first')
      .step({ commandId: 'a', from: 'queued', to: 'queued', cause: 'edited', at: NOW, command: 'second' })
      .asked('b', 'other', NOW)
      .started('a')
      .ended('a', 0, NOW + 9, 'out');
    const whole = newTeam();
    await writer.write(steps.batch(whole));
    const wanted = await findCommand(env.DB, whole, 'a');
    expect(wanted).toMatchObject({
      command: 'second',
      status: 'completed',
      endedAt: NOW + 9,
      memberId: 'ada',
    });
    for (const cuts of [[1, 2, 3, 4], [2], [3, 1, 4], [5, 2, 0]]) {
      const team = newTeam();
      const uid = crypto.randomUUID();
      const events = steps.events.map((event) => ({ ...event, agentUid: uid }));
      const write = (from: number, to: number) =>
        writer.write({ team, agentId: 'one', events: events.slice(from, to) });
      for (const [index, cut] of cuts.entries())
        await write(cuts[index - 1] ?? 0, Math.max(cut, cuts[index - 1] ?? 0));
      await write(0, events.length);
      await write(0, 2);
      expect([cuts, await findCommand(env.DB, team, 'a')]).toEqual([cuts, { ...wanted, agentUid: uid }]);
      expect((await listEvents(env.DB, team, {}, ALL)).rows.length).toBe(5);
      expect(await list(team)).toEqual(['b', 'a']);
    }
  });

  it('[A1] a late word on how it ended replaces all of what was presumed', async () => {
    const team = newTeam();
    const steps = fresh().asked('a', 'x').started('a');
    const lost = { error: { code: 'COMMAND_LOST' }, signal: 'SIGKILL' };
    steps.step({ commandId: 'a', from: 'running', to: 'failed', cause: 'lost', at: NOW, ...lost });
    await writer.write(steps.batch(team));
    steps.ended('a', 0);
    await writer.write(steps.batch(team));
    const row = await findCommand(env.DB, team, 'a');
    expect(row).toMatchObject({ status: 'completed', exitCode: 0, error: null, signal: null });
  });

  it('[A2] narrows by agent, status, member, exit code, time and text, alone and together', async () => {
    const team = await past();
    await past();
    expect(await list(team)).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(await list(team, { agentId: 'two' })).toEqual(['e', 'd']);
    expect(await list(team, { status: 'failed' })).toEqual(['e', 'c', 'b']);
    expect(await list(team, { status: 'queued' })).toEqual(['d']);
    expect(await list(team, { memberId: 'grace' })).toEqual(['c']);
    expect(await list(team, { exitCode: 137 })).toEqual(['c']);
    expect(await list(team, { exitCode: -1 })).toEqual(['e']);
    expect(await list(team, { text: 'npm' })).toEqual(['d', 'b', 'a']);
    expect(await list(team, { text: 'NPM', agentId: 'one', status: 'failed', exitCode: 1 })).toEqual(['b']);
    expect(await list(team, { text: 'npm', memberId: 'grace' })).toEqual([]);
    expect(await list(team, {}, { since: NOW + 1, until: NOW + 2 })).toEqual(['c', 'b']);
    expect(await list(team, { status: 'failed' }, { since: NOW + 2 })).toEqual(['e', 'c']);
  });

  it('[A2] is paged without a repeat or a hole, also among commands of one ms', async () => {
    const team = newTeam();
    const steps = fresh();
    const wanted = Array.from({ length: 23 }, (_, index) => `c${index}`);
    for (const id of wanted) steps.ran(id, 'same words', 0, NOW);
    await writer.write({ ...steps.batch(team), events: steps.events.slice(0, 30) });
    await writer.write({ ...steps.batch(team), events: steps.events.slice(30) });
    for (const filter of [{}, { text: 'words' }, { status: 'completed' }]) {
      const seen: string[] = [];
      let before: number | undefined;
      do {
        const page = await listCommands(env.DB, team, filter, { limit: 5, before });
        seen.push(...ids(page.rows));
        before = page.next ?? undefined;
      } while (before !== undefined);
      expect(seen).toEqual(wanted.toReversed());
    }
  });
});

describe('search', () => {
  it('[A2] shows where the words stand, in the line and in what was printed', async () => {
    const team = await past();
    const [found] = await find(team, 'fail');
    expect(found).toMatchObject({ command: { commandId: 'b' }, line: null });
    expect(found?.output).toEqual([
      { text: 'FAIL', match: true },
      { text: ' src/queue.test.ts', match: false },
    ]);
    expect(ids((await find(team, 'npm queue')).map(({ command }) => command))).toEqual(['b']);
    expect(await find(team, 'fail', 'command')).toEqual([]);
    expect((await find(team, 'cafe built'))[0]?.output?.filter(({ match }) => match)).toHaveLength(2);
  });

  it.each([
    ...[
      '"',
      '""',
      '*',
      'a*',
      'NOT',
      'a AND',
      'NEAR(',
      'x OR y',
      '(',
      ')',
      '{output}:x',
      'command:npm',
      '^npm',
    ],
    ...[
      '-',
      '--',
      '-- --',
      "'",
      "';DROP TABLE commands;",
      '\u0000',
      '\ud800',
      'a"b"c',
      '😀',
      '+',
      '\\',
      '%_',
      ' ',
    ],
  ])('[A2] takes %j as text', async (text) => {
    const team = await past();
    await expect(searchCommands(env.DB, team, { text }, ALL)).resolves.toBeDefined();
    await expect(listCommands(env.DB, team, { text }, ALL)).resolves.toBeDefined();
  });

  it('[A2] never shows another team’s, not even where the words of its scope are asked for', async () => {
    const team = await past();
    expect(await find(newTeam(), 'npm')).toEqual([]);
    const hex = [...new TextEncoder().encode(team)].map((byte) => byte.toString(16)).join('');
    expect(await find(team, `t${hex}`)).toEqual([]);
    expect(await find(newTeam(), `x OR scope : t${hex}`)).toEqual([]);
  });

  it('[A2] finds the edited line and not the one before it', async () => {
    const team = newTeam();
    const steps = fresh().asked('a', 'alpha');
    await writer.write(steps.batch(team));
    steps.step({ commandId: 'a', from: 'queued', to: 'queued', cause: 'edited', at: NOW, command: 'beta' });
    await writer.write(steps.batch(team));
    expect([await list(team, { text: 'alpha' }), await list(team, { text: 'beta' })]).toEqual([[], ['a']]);
    await env.DB.prepare('DELETE FROM commands WHERE team = ?').bind(team).run();
    expect(await list(team, { text: 'beta' })).toEqual([]);
  });
});
