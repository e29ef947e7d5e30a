import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AcpAgent, prompt } from '../../support/acp-rig.ts';
import { TestHost } from '../../support/host.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
  await host.run();
});
afterEach(() => host.end());

describe('a turn through a real keeper and a real adapter', () => {
  it('[C16] starts, says text and ends, and its rows hold what live readers saw', async () => {
    const agent = await AcpAgent.place(host);
    expect(await agent.turn('text')).toMatchObject({ outcome: 'done', stopReason: 'end_turn' });
    expect(agent.events.filter(({ type }) => type === 'turn:started')).toMatchObject([
      { messageId: 'of-turn-1' },
    ]);
    expect(agent.rows).toEqual(['user text', 'agent Hello world']);
    expect(agent.live).toEqual(agent.rows);
  });

  it('[C6] a tool call whose input comes late is one item, which prints and completes', async () => {
    const agent = await AcpAgent.place(host);
    await agent.turn('tool');
    expect(agent.rows).toEqual(['user tool', 'tool ls completed', 'agent Done']);
    expect(agent.live).toEqual(agent.rows);
    expect(JSON.stringify(agent.events)).toContain('a\\nb\\n');
  });

  it('[C7] a permission is asked, answered once, delivered and acknowledged', async () => {
    const agent = await AcpAgent.place(host);
    const turnId = agent.prompt('ask');
    const { request } = await agent.find('request:opened');
    expect(request).toMatchObject({
      kind: 'permission',
      turnId,
      directory: host.workspace,
      tool: { title: 'rm', toolKind: 'execute', rawInput: '{"command":"rm -rf build"}' },
      options: [{ optionId: 'once' }, { optionId: 'always' }, { optionId: 'reject' }],
    });
    agent.decide(request.permissionId, { type: 'option', optionId: 'once' });
    agent.decide(request.permissionId, { type: 'option', optionId: 'reject' });
    expect(await agent.ended(turnId)).toMatchObject({ outcome: 'done' });
    expect(agent.rows).toContain('agent chose once');
    const states = agent.states(request.permissionId);
    expect(states[0]).toBe('delivered');
    expect(states).toContain('acknowledged');
  });

  it('[C16] a turn is started once, however often the room says so', async () => {
    const agent = await AcpAgent.place(host);
    await agent.turn('text');
    const again = agent.events.length;
    agent.send(prompt('text', 'turn-1'));
    await agent.turn('where', '2');
    expect(agent.events.slice(again).filter(({ type }) => type === 'turn:started')).toHaveLength(1);
  });
});
