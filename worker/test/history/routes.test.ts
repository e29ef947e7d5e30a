import { env } from 'cloudflare:workers';
import type { TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { historyIn } from '../../src/history/write.ts';
import { call, memberToken, newTeam } from '../front.ts';
import { NOW, pastAgentOf, Steps } from './rig.ts';

async function past(): Promise<TeamId> {
  const team = newTeam();
  const steps = new Steps(crypto.randomUUID())
    .ran('a', 'npm test', 1, NOW, 'FAIL queue')
    .ran('b', 'npm run build', 0, NOW + 1);
  await historyIn(env.DB).write(steps.batch(team));
  return team;
}

const get = async (team: TeamId, path: string, headers: Record<string, string> = {}) =>
  call('GET', path, { team, token: await memberToken(team, 'viewer'), headers });

describe('the past over REST', () => {
  it('lists commands by what is asked for, and names the next page', async () => {
    const team = await past();
    const first = await get(team, '/api/history/commands?limit=1&text=npm&agent=one');
    const page = (await first.json()) as { commands: object[]; next: number };
    expect(page.commands).toMatchObject([{ commandId: 'b' }]);
    const rest = await get(team, `/api/history/commands?limit=5&text=npm&before=${page.next}`);
    expect(await rest.json()).toMatchObject({ commands: [{ commandId: 'a', exitCode: 1 }], next: null });
    const failed = await get(team, `/api/history/commands?exit=1&status=failed&since=${NOW}&until=${NOW}`);
    expect(await failed.json()).toMatchObject({ commands: [{ commandId: 'a' }] });
  });

  it('finds words in context, lists steps, and tells one command', async () => {
    const team = await past();
    expect(await (await get(team, '/api/history/search?text=queue&in=output')).json()).toMatchObject({
      matches: [
        {
          command: { commandId: 'a' },
          line: null,
          output: [{ match: false }, { text: 'queue', match: true }],
        },
      ],
    });
    expect(await (await get(team, '/api/history/events?command=b&limit=1')).json()).toMatchObject({
      events: [{ commandId: 'b', from: 'running', to: 'completed' }],
    });
    const one = await get(team, '/api/commands/a');
    expect(await one.json()).toMatchObject({ command: { command: 'npm test' }, events: [{}, {}, {}] });
  });

  it('takes any characters for words', async () => {
    const team = await past();
    for (const typed of ['npm\u0000test', '\u0000npm', 'a\u0000', '"', '\u{d800}x', '*', 'npm)', 'scope:x']) {
      const text = encodeURIComponent(typed.toWellFormed());
      for (const path of ['search', 'commands']) {
        const response = await get(team, `/api/history/${path}?text=${text}`);
        expect([path, typed, response.status]).toEqual([path, typed, 200]);
      }
    }
  });

  it('[A4] lists agents, the youngest first, and names the next page', async () => {
    const team = newTeam();
    for (const at of [0, 1]) {
      const agentUid = crypto.randomUUID();
      const ended = { agentUid, name: `${at}`, createdAt: NOW + at, deletedAt: NOW + 9 };
      await historyIn(env.DB).writeAgent(team, pastAgentOf(ended));
    }
    const first = await get(team, '/api/history/agents?limit=1');
    const page = (await first.json()) as { agents: object[]; next: number };
    expect(page.agents).toMatchObject([{ name: '1', deletedAt: NOW + 9, labels: { for: 'tests' } }]);
    const rest = await get(team, `/api/history/agents?before=${page.next}`);
    expect(await rest.json()).toMatchObject({ agents: [{ name: '0' }], next: null });
    expect((await get(team, '/api/history/agents?limit=0')).status).toBe(400);
  });

  it('a command of another team is one that nobody has', async () => {
    await past();
    const response = await get(newTeam(), '/api/commands/a');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'COMMAND_NOT_FOUND' } });
  });

  it.each([
    ...[
      'commands?exit=x',
      'commands?status=A%20B',
      'commands?since=-1',
      'commands?limit=201',
      'commands?agent=UP',
    ],
    ...['search', 'search?text=a&in=both', 'events?command='],
  ])('refuses %s by the name of the field', async (path) => {
    const team = newTeam();
    const response = await get(team, `/api/history/${path}`);
    expect(response.status).toBe(400);
    const field = /[?&](\w+)=[^&]*$/.exec(path)?.[1] ?? 'text';
    expect(await response.json()).toMatchObject({ error: { code: 'INVALID_MESSAGE', details: { field } } });
  });

  it('says how far the reader has seen, and accepts it as a cursor', async () => {
    const team = await past();
    const first = await get(team, '/api/history/commands');
    const bookmark = first.headers.get('x-muster-bookmark') ?? '';
    expect(bookmark).not.toBe('');
    const again = await get(team, '/api/history/commands', { 'x-muster-bookmark': bookmark });
    expect(again.status).toBe(200);
    const odd = await get(team, '/api/history/commands', { 'x-muster-bookmark': "';--" });
    expect(odd.status).toBe(200);
  });
});
