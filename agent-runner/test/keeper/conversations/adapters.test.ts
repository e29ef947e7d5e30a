import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AcpAgent, conversation, factsOf, prompt } from '../../support/acp-rig.ts';
import { TestHost } from '../../support/host.ts';
import { isAlive, processesWith } from '../../support/processes.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
  await host.run();
});
afterEach(() => host.end());

/** The pid of a conversation's adapter, which its session is named after. */
const adapterOf = (agent: AcpAgent) => Number(factsOf(agent.events).sessionId?.slice(2));

describe('an adapter', () => {
  it('[C4] that crashes fails its turn with its last words; the next message resumes its session', async () => {
    const agent = await AcpAgent.place(host);
    const crashed = await agent.turn('crash');
    expect(crashed).toMatchObject({ outcome: 'failed' });
    expect(crashed.error?.message).toMatch(/exit code 3.*segmentation fault/s);
    expect(agent.rows).toEqual(['user crash', 'agent about to']);
    const { sessionId } = factsOf(agent.events);
    await agent.turn('where');
    expect(agent.rows.at(-1)).toContain(`"sessionId":"${sessionId}"`);
    expect(agent.rows.at(-1)).toContain(`"cwd":"${host.workspace}"`);
  });

  it.each([
    ['-32002', []],
    ['-32603, and lists no such session, as OpenCode does', ['--vague']],
  ])('[C11] that says of a lost session %s begins a new one, and says so', async (_, flags) => {
    const agent = await AcpAgent.place(host, flags);
    const payload = { conversationId: conversation('1'), sessionId: 'gone' };
    agent.send({ type: 'conversation:open', payload });
    expect(await agent.turn('hello')).toMatchObject({ outcome: 'done' });
    expect(agent.rows).toEqual([
      expect.stringMatching(/^notice .*A new session began/),
      'user hello',
      'agent said: hello',
    ]);
  });

  it('[C4] whose lines are no messages, or a megabyte, goes on', async () => {
    const agent = await AcpAgent.place(host);
    expect(await agent.turn('garbage')).toMatchObject({ outcome: 'done' });
    expect(agent.rows.filter((row) => row.startsWith('notice'))).toHaveLength(2);
    expect(await agent.turn('megabyte')).toMatchObject({ outcome: 'done' });
    expect(await agent.turn('same write')).toMatchObject({ outcome: 'done' });
    expect(agent.rows.slice(-2)).toEqual(['user same write', 'agent ab']);
    expect(agent.live).toEqual(agent.rows);
  });

  it('[C16] stops a turn that is cancelled, and says so once', async () => {
    const agent = await AcpAgent.place(host);
    const turnId = agent.prompt('slow');
    await host.server.until(() => agent.room.updates.length > 5, 'some text');
    agent.send({ type: 'conversation:cancel', payload: { conversationId: conversation('1'), turnId } });
    expect(await agent.ended(turnId)).toMatchObject({ outcome: 'cancelled', stopReason: 'cancelled' });
    expect(agent.live).toEqual(agent.rows);
  });

  it('[C7] asks twice for one tool call, and a form', async () => {
    const agent = await AcpAgent.place(host);
    const turnId = agent.prompt('ask two');
    const [one, two] = await host.server.until(() => {
      const asked = agent.events.flatMap((event) => (event.type === 'request:opened' ? [event.request] : []));
      return asked.length === 2 && asked;
    }, 'two requests');
    if (one === undefined || two === undefined) throw new Error('no requests');
    agent.decide(two.permissionId, { type: 'option', optionId: 'reject' });
    agent.decide(one.permissionId, { type: 'option', optionId: 'always' });
    await agent.ended(turnId);
    expect(agent.rows).toContain('agent chose always, chose reject');
    agent.prompt('form');
    const { request } = await agent.find('request:opened', (event) => event.request.kind === 'elicitation');
    agent.decide(request.permissionId, { type: 'form', action: 'accept', content: { name: 'Ada' } });
    await agent.ended('turn-2');
    expect(agent.rows.at(-1)).toBe('agent {"action":"accept","content":{"name":"Ada"}}');
  });

  it('[C5] that wants a sign-in says so, and works after it', async () => {
    const agent = await AcpAgent.place(host, ['--auth']);
    expect(await agent.turn('text')).toMatchObject({ outcome: 'failed' });
    expect(factsOf(agent.events)).toMatchObject({
      adapter: 'sign-in',
      info: { authMethods: [{ id: 'key' }, {}] },
    });
    const done = await host.server.request(agent.uid, (requestId) => ({
      type: 'conversation:sign-in',
      payload: { conversationId: conversation('1'), requestId, methodId: 'key' },
    }));
    expect(done.error).toBeUndefined();
    expect(await agent.turn('text')).toMatchObject({ outcome: 'done' });
  });

  it('[X7] that prints a secret of its environment shows stars', async () => {
    const agent = await AcpAgent.place(host, [], { environment: { API_TOKEN: 'not-to-be-shown-1' } });
    await agent.turn('secret API_TOKEN');
    expect(agent.rows[1]).toMatch(/^agent it is not\*+\.$/);
    expect(agent.live).toEqual(agent.rows);
    expect(agent.room.text).not.toContain('not-to-be-shown');
  });

  it('[P6] is not started where its program is missing, which the agent’s creator is told', async () => {
    const program = { command: '/no/such/codex-acp', args: [] };
    const placed = await host.server.place(host.placement({ kind: 'acp', program }));
    expect(placed.error).toMatchObject({
      code: 'AGENT_SPAWN_FAILED',
      message: expect.stringMatching(
        /Install Codex on it: npm install --global .*codex-acp\. It needs Node 22/,
      ),
    });
  });
});

describe('an agent’s adapters', () => {
  it('[P2] end with it, with what they started, and its turns are interrupted', async () => {
    const agent = await AcpAgent.place(host);
    await agent.turn('child');
    const turnId = agent.prompt('hang');
    await agent.find('turn:started', (event) => event.turnId === turnId);
    const pid = adapterOf(agent);
    expect(isAlive(pid)).toBe(true);
    const done = await host.server.request(agent.uid, (requestId) => ({
      type: 'program:terminate',
      payload: { requestId, force: false },
    }));
    expect(done.error).toBeUndefined();
    await host.server.status(agent.uid, 'stopped');
    expect(isAlive(pid)).toBe(false);
    expect(await agent.ended(turnId)).toMatchObject({ outcome: 'interrupted' });
    expect(await agent.turn('text')).toMatchObject({
      outcome: 'failed',
      error: { code: 'INVALID_STATE', message: 'The agent is stopped. Start it first.' },
    });
  });

  it('[C4] are paused and resumed with it', async () => {
    const agent = await AcpAgent.place(host);
    await agent.turn('text');
    const stateOf = () =>
      /^State:\s+(\S)/m.exec(readFileSync(`/proc/${adapterOf(agent)}/status`, 'utf8'))?.[1];
    await host.server.request(agent.uid, (requestId) => ({ type: 'program:pause', payload: { requestId } }));
    expect(stateOf()).toBe('T');
    await host.server.request(agent.uid, (requestId) => ({ type: 'program:resume', payload: { requestId } }));
    expect(await agent.turn('text')).toMatchObject({ outcome: 'done' });
  });

  it('[C4a] are four at most: the one that was idle for longest gives way, and resumes', async () => {
    const agent = await AcpAgent.place(host);
    const pids: number[] = [];
    for (const name of ['1', '2', '3', '4', '5']) {
      await agent.turn('text', name);
      pids.push(adapterOf(agent));
    }
    await host.server.until(
      () =>
        agent.events.some(
          (event) =>
            event.type === 'conversation:changed' &&
            event.conversationId === conversation('1') &&
            event.facts.adapter === 'none',
        ),
      'the first to rest',
    );
    expect(pids.slice(1).every(isAlive)).toBe(true);
    expect(await agent.turn('where', '1')).toMatchObject({ outcome: 'done' });
  });

  it('[C16][C7] a killed keeper’s turn is interrupted, its request is not open any more, and nothing of it is left', async () => {
    const agent = await AcpAgent.place(host);
    const turnId = agent.prompt('ask');
    const { request } = await agent.find('request:opened');
    const pid = adapterOf(agent);
    const keeper = await host.keeperPid(agent.uid);
    if (keeper === undefined) throw new Error('no keeper');
    process.kill(keeper, 'SIGKILL');
    expect(await agent.ended(turnId)).toMatchObject({ outcome: 'interrupted' });
    expect(agent.room.openRequests).toEqual([[], []]);
    expect(isAlive(pid)).toBe(false);
    agent.decide(request.permissionId, { type: 'option', optionId: 'once' });
    await agent.find('request:changed', (event) => event.resolution.state === 'withdrawn');
    // The room may repeat the order: the turn is not started again.
    await host.server.request(agent.uid, (requestId) => ({ type: 'program:start', payload: { requestId } }));
    agent.send(prompt('ask', turnId));
    await agent.turn('text', '2');
    expect(agent.events.filter(({ type }) => type === 'turn:started')).toHaveLength(2);
  });

  it('[C11] a message that comes before a killed keeper has started its agent again waits for that', async () => {
    const agent = await AcpAgent.place(host, [], { restart: 'on-failure' });
    const turnId = agent.prompt('hang');
    await agent.find('turn:started');
    process.kill((await host.keeperPid(agent.uid)) ?? 0, 'SIGKILL');
    expect(await agent.ended(turnId)).toMatchObject({ outcome: 'interrupted' });
    expect(await agent.turn('text')).toMatchObject({ outcome: 'done' });
  });

  it('[C4] a message to an agent that is stopped is refused', async () => {
    const agent = await AcpAgent.place(host);
    await host.server.request(agent.uid, (requestId) => ({
      type: 'program:terminate',
      payload: { requestId, force: false },
    }));
    expect(await agent.turn('text')).toMatchObject({
      outcome: 'failed',
      error: { message: 'The agent is stopped. Start it first.' },
    });
  });

  it('[C7] a keeper that comes back to its room says what is open', async () => {
    const agent = await AcpAgent.place(host);
    agent.prompt('ask');
    const { request } = await agent.find('request:opened');
    agent.room.socket?.terminate();
    await host.server.until(() => agent.room.hellos === 2, 'the keeper');
    expect(agent.room.openRequests).toEqual([[], [request.permissionId]]);
    agent.decide(request.permissionId, { type: 'option', optionId: 'once' });
    expect(await agent.ended('turn-1')).toMatchObject({ outcome: 'done' });
  });
});

it('[C7] a keeper of another kind says that nothing is open, and has no journal of turns', async () => {
  const placement = host.shell('process', 'cat');
  await host.server.place(placement);
  const { agentUid } = placement.spec;
  await host.server.status(agentUid, 'running');
  expect(host.server.room(agentUid).openRequests).toEqual([[]]);
  expect(() => readFileSync(join(host.data.agent(agentUid).path, 'turns.log'))).toThrow('ENOENT');
  expect(processesWith('acp-agent')).toEqual([]);
});
