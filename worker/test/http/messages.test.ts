import { afterEach, describe, expect, it, vi } from 'vitest';
import { E1, event } from '../agent-room/core/rig.ts';
import { call, memberToken, newTeam } from '../front.ts';
import { agent, Poller } from '../poll/rig.ts';

const say = (who: Parameters<typeof call>[2], body: unknown, query = '') =>
  call('POST', `/api/messages${query}`, { ...who, body });
const signal = { type: 'agent:signal', payload: { agentId: 'one', signal: 'SIGINT' } };

afterEach(() => {
  vi.useRealTimers();
});

describe('POST /api/messages', () => {
  it('[G5] answers with the ack of whoever the message is for', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const asked = { type: 'agent:get_state', id: 'g', payload: { agentId: 'one' } };
    const got = await say({ team, token }, asked);
    expect(await got.json()).toMatchObject({
      messageId: 'g',
      success: true,
      result: { state: { agentId: 'one' } },
    });
    const renamed = { type: 'agent:update', payload: { agentId: 'one', name: 'Two' } };
    expect(await (await say({ team, token }, renamed)).json()).toMatchObject({ success: true });
  });

  it('[I1] a repeat under its client and id does nothing again, on whatever way it comes', async () => {
    const team = newTeam();
    const { token, keeper } = await agent(team);
    const pause = { type: 'agent:pause', id: 'once', payload: { agentId: 'one' } };
    const asking = say({ team, token }, pause, '?client=page');
    const { requestId } = await keeper.next('program:pause');
    keeper.send(event(E1, 2, { type: 'request:done', requestId }));
    expect(await (await asking).json()).toEqual({ messageId: 'once', success: true });
    const poller = new Poller('/api/agents/one/events', { team, token });
    await poller.poll({ client: 'page' });
    await poller.send(pause);
    await poller.until(() => poller.of('ack')?.messageId === 'once');
    expect(poller.of('ack')).toMatchObject({ success: true });
    const other = { ...pause, type: 'agent:resume' };
    expect((await say({ team, token }, other, '?client=page')).status).toBe(400);
    // Another client's is another request, which this keeper leaves unanswered.
    void say({ team, token }, pause, '?client=script');
    await keeper.next('program:pause');
  });

  it('[I1] what was first sent too long ago to be remembered is not done', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const metadata = { askedAt: Date.now() - 600_000 };
    for (const message of [signal, { type: 'agent:delete', payload: { agentId: 'one' } }]) {
      const response = await say({ team, token }, { ...message, id: 'old', metadata });
      expect([response.status, await response.json()]).toMatchObject([
        504,
        { error: { code: 'COMMAND_TIMEOUT', details: { outcome: 'unknown' } } },
      ]);
    }
  });

  it.each([
    ['what is no JSON', '{', 400, 'INVALID_MESSAGE'],
    ['a type nobody knows', { type: 'agent:fly' }, 400, 'UNSUPPORTED_TYPE'],
    ['another major', { ...signal, version: '2.0.0' }, 400, 'UNSUPPORTED_VERSION'],
    [
      'a payload that is wrong',
      { type: 'agent:resize', payload: { agentId: 'one', cols: 0, rows: 1 } },
      400,
      'INVALID_MESSAGE',
    ],
    [
      'an agent that is none',
      { ...signal, payload: { ...signal.payload, agentId: 'nobody' } },
      404,
      'AGENT_NOT_FOUND',
    ],
    [
      'a message about a socket',
      { type: 'flow:ack', payload: { epoch: '0'.repeat(16), sequence: 1 } },
      400,
      'INVALID_MESSAGE',
    ],
  ])('[G5] refuses %s by the table', async (_, body, status, code) => {
    const team = newTeam();
    const { token } = await agent(team);
    const response = await say({ team, token }, body);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
  });

  it('[X5] asks each message for its own role', async () => {
    const team = newTeam();
    await agent(team);
    const token = await memberToken(team, 'viewer');
    const may = { type: 'agent:get_state', payload: { agentId: 'one' } };
    expect((await say({ team, token }, may)).status).toBe(200);
    for (const message of [signal, { type: 'agent:delete', payload: { agentId: 'one' } }])
      expect((await say({ team, token }, message)).status).toBe(403);
  });

  it('[L] a member has the rate of a socket, and is told when to come back', async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const asked = { type: 'agent:get_state', payload: { agentId: 'one' } };
    // However long they take here, they come in one moment.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const responses = await Promise.all(Array.from({ length: 260 }, () => say({ team, token }, asked)));
    const refused = responses.filter(({ status }) => status === 429);
    expect(responses.length - refused.length).toBe(200);
    expect(await refused[0]?.json()).toMatchObject({
      error: { code: 'RATE_LIMIT', details: { retryAfter: expect.any(Number) } },
    });
    const other = await memberToken(team, 'admin', Date.now(), 'eve');
    expect((await say({ team, token: other }, asked)).status).toBe(200);
  });
});

describe('GET /api/events', () => {
  it.each([
    ['line=short', 'line'],
    ['wait=25001', 'wait'],
    ['wait=x', 'wait'],
    ['got=-1', 'got'],
  ])('[G5] refuses ?%s by the name of the field', async (query, field) => {
    const team = newTeam();
    const response = await call('GET', `/api/events?${query}`, { team, token: await memberToken(team) });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { details: { field } } }]);
  });

  it.each(['nonsense', ':1', '00000000000000e1:', '00000000000000e1:-1', '00000000000000e1:1:2'])(
    '[S6a] a cursor is <epoch>:<sequence>, not %s',
    async (after) => {
      const team = newTeam();
      const token = await memberToken(team);
      const response = await call('GET', `/api/agents/one/events?after=${after}`, { team, token });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { error: { code: 'INVALID_MESSAGE' } },
      ]);
    },
  );
});
