import { errorRow, type TeamId } from '@muster/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { call, newTeam } from '../front.ts';
import { BAD_COMMANDS } from '../gateway/bad-commands.ts';
import { agent } from '../poll/rig.ts';

/** Each case on its own route where it has one, and as a message. */
const TABLE = BAD_COMMANDS.flatMap(({ what, type, payload, code, field, route }) => {
  const answer = { what, code, field };
  const said = {
    way: 'POST /api/messages',
    path: '/api/messages',
    body: { type, id: what, payload },
    ...answer,
  };
  const { path, body } = route;
  return path === null
    ? [said]
    : [said, { ...answer, way: 'its route', path, body, code: route.code ?? code }];
});

describe('bad input about commands, over REST', () => {
  let who: { readonly team: TeamId; readonly token: string };
  let room: Awaited<ReturnType<typeof agent>>['room'];
  beforeAll(async () => {
    const team = newTeam();
    const made = await agent(team);
    room = made.room;
    who = { team, token: made.token };
  });

  it.each(TABLE)('[L] [P1] by $way: $what', async ({ path, body, code, field }) => {
    const response = await call('POST', path, { ...who, body: JSON.stringify(body) });
    const { number, status } = errorRow(code);
    expect([response.status, await response.json()]).toEqual([
      status,
      { error: { code, number, message: expect.stringMatching(/^[A-Z][^:]*$/), details: { field } } },
    ]);
  });

  it('[Q9] nothing came of any of it', async () => {
    expect((await room.state())?.commands).toBeUndefined();
    const lists = await call('GET', '/api/agents/one/commands', who);
    expect(await lists.json()).toEqual({ queue: [], running: [], ended: [] });
  });
});
