import { AgentCreateSchema, type AgentLimit } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../../test/harness/fast-check.ts';
import { visibleMessage } from '../../../../src/team-lobby/core/visibility/visibility.ts';
import { acks, HOST_A, HOST_B, hostMessages, type Rig, rigWithHost } from '../rig.ts';

const WEB: AgentLimit = { labels: { team: 'web' } };

/** What a limited admin hears, and which agent is then made for them. */
function asked(rig: Rig, wanted: object, limits: readonly AgentLimit[] = [WEB]) {
  const payload = AgentCreateSchema.parse({ name: 'Deploy', program: { command: 'bash' }, ...wanted });
  const by = { connection: 'v', key: 'bo', subscriptions: [], limits };
  const effects = rig.do({ type: 'viewer-message', by, message: { type: 'agent:create', payload }, id: 'c' });
  const placing = effects.find((effect) => effect.type === 'place-room');
  const spec = placing?.type === 'place-room' ? placing.placement.spec : null;
  return {
    errors: acks(effects).map(({ error }) => error),
    agentId: spec?.agentId ?? null,
    hostId: spec?.hostId,
  };
}

/** Two teams that differ in one agent, which the limited admin must not see. */
function both() {
  const [without, having] = [rigWithHost(), rigWithHost()];
  having.made('Deploy', { labels: { team: 'api' } });
  return [without, having] as const;
}

describe('[X24] an admin who is limited by labels learns nothing of other agents when they make one', () => {
  const web = { team: 'web' };
  it.each([
    ['without an id', { labels: web }],
    ['with the id that is taken', { labels: web, agentId: 'deploy' }],
    ['with another', { labels: web, agentId: 'free' }],
    ['out of sight', { labels: {} }],
    ['out of sight, with the id that is taken', { labels: {}, agentId: 'deploy' }],
  ])('%s', (_, wanted) => {
    const [without, having] = both().map((rig) => asked(rig, wanted));
    expect(having?.errors).toEqual(without?.errors);
    expect(having?.agentId === null).toBe(without?.agentId === null);
    for (const made of [without, having])
      if (made?.agentId != null) expect(made.agentId).toMatch(/^deploy-[0-9a-f]{6}$/);
  });

  it('any name: the answer is the same, but for the ending of chance', () => {
    const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}$/);
    fc.assert(
      fc.property(names, (name) => {
        const [without, having] = both().map((rig) => asked(rig, { name, labels: web }));
        expect(having?.errors).toEqual(without?.errors);
        expect(having?.agentId?.slice(0, -6)).toBe(without?.agentId?.slice(0, -6));
      }),
      { numRuns: 50 },
    );
  });

  it('a name within their limits is given as wanted, and refused when it is taken', () => {
    const rig = rigWithHost();
    const named: AgentLimit[] = [{ names: ['deploy'] }];
    expect(asked(rig, {}, named).agentId).toBe('deploy');
    const taken = rigWithHost();
    taken.made('Deploy');
    expect(asked(taken, {}, named).errors).toMatchObject([{ code: 'AGENT_EXISTS' }]);
  });

  it('nor by the host that is chosen: it is the one with the fewest of those that they see', () => {
    const hosts = both().map((rig) => {
      rig.enrol(HOST_B);
      rig.hello(HOST_B);
      return asked(rig, { labels: web }).hostId;
    });
    expect(hosts[0]).toBe(hosts[1]);
    expect(hosts[0]).toBe(HOST_A);
  });

  it('nor by broadcasts: nothing comes where a hidden agent is made, changed or deleted', () => {
    const rig = rigWithHost();
    const before = rig.out.length;
    rig.made('Deploy', { labels: { team: 'api' } });
    const agentId = 'deploy' as never;
    rig.says({ type: 'agent:update', payload: { agentId, restart: 'always' } }, 'u');
    rig.says({ type: 'agent:delete', payload: { agentId } }, 'd');
    const heard = rig.out
      .slice(before)
      .flatMap((effect) =>
        effect.type === 'broadcast'
          ? [visibleMessage(rig.lobby, [WEB], effect.message, effect.about ?? null)]
          : [],
      );
    expect(heard.length).toBeGreaterThan(5);
    expect(heard.filter((message) => message !== null)).toEqual([]);
    expect(hostMessages(rig.out, 'agent:place').length).toBeGreaterThan(0);
  });

  it('but an agent that comes into sight, or leaves it, is heard of', () => {
    const rig = rigWithHost();
    rig.made('Deploy', { labels: { team: 'api' } });
    const change = (labels: Record<string, string>) => {
      const effects = rig.says(
        { type: 'agent:update', payload: { agentId: 'deploy' as never, labels } },
        JSON.stringify(labels),
      );
      return effects.flatMap((effect) =>
        effect.type === 'broadcast' && effect.message.type === 'agent:list'
          ? [visibleMessage(rig.lobby, [WEB], effect.message, effect.about ?? null)]
          : [],
      );
    };
    expect(change(web)).toMatchObject([{ payload: { agents: [{ agentId: 'deploy' }] } }]);
    expect(change({})).toMatchObject([{ payload: { agents: [] } }]);
  });
});
