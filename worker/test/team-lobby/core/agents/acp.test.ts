import { ADAPTERS, type HostFacts, LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { hostSummaries } from '../../../../src/team-lobby/core/summaries.ts';
import { acks, factsWithAcp, HOST_A, HOST_B, hostMessages, Rig, rigWithHost } from '../rig.ts';

const ACP = { kind: 'acp', program: undefined } as const;

/** A rig with the host A online, which knows conversations. */
function rigWithAcp(over: Partial<HostFacts> = {}): Rig {
  const rig = new Rig();
  rig.enrol(HOST_A);
  rig.helloAs(factsWithAcp(over));
  return rig;
}

const refusal = (rig: Rig) => {
  const error = acks(rig.out).at(-1)?.error;
  return { code: error?.code, field: error?.details?.['field'], message: error?.message ?? '' };
};

describe('agent:create of the kind acp', () => {
  it.each(ADAPTERS.map((adapter) => [adapter.name, adapter] as const))(
    '[C4] %s is a model: its command, its environment, restarted when it fails, no terminal',
    (model, adapter) => {
      const { spec } = rigWithAcp().made('One', { ...ACP, model });
      expect(spec).toMatchObject({ kind: 'acp', program: adapter.program, restart: 'on-failure' });
      expect(spec.environment).toEqual(adapter.environment);
      expect(spec).not.toHaveProperty('terminal');
    },
  );

  it("[C4] the agent's own variables win over its adapter's, also when they change", () => {
    const rig = rigWithAcp();
    const { spec } = rig.made('One', { ...ACP, model: 'codex', environment: { NO_BROWSER: '0', A: 'b' } });
    expect(spec.environment).toEqual({ NO_BROWSER: '0', A: 'b' });
    rig.says({ type: 'agent:update', payload: { agentId: spec.agentId, environment: { C: 'd' } } }, 'u');
    expect(rig.lobby.agents.get(spec.agentUid)?.spec.environment).toEqual({ NO_BROWSER: '1', C: 'd' });
  });

  it('[C4] variables of its adapter count among those that an agent may have', () => {
    const rig = rigWithAcp();
    const names = Array.from({ length: LIMITS.environmentEntries }, (_, index) => `V${index}`);
    const environment = Object.fromEntries(names.map((name) => [name, '']));
    rig.create({ ...ACP, model: 'codex', environment });
    expect(refusal(rig)).toMatchObject({ code: 'INVALID_MESSAGE', field: 'environment' });
    expect(rig.made('Two', { ...ACP, model: 'claude', environment }).spec.environment).toEqual(environment);
  });

  it('[C4] any program that speaks ACP is one too', () => {
    const program = { command: '/opt/mine', args: ['--acp'] };
    const { spec } = rigWithAcp().made('One', { kind: 'acp', program, restart: 'never' });
    expect(spec).toMatchObject({ kind: 'acp', program, restart: 'never', environment: {} });
  });

  it('[C4] without model and program, or with an unknown model, the refusal names the adapters', () => {
    const rig = rigWithAcp();
    for (const model of [undefined, 'gpt-2', '__proto__', 'bash']) {
      rig.create({ ...ACP, ...(model === undefined ? {} : { model }) });
      expect(refusal(rig)).toMatchObject({ code: 'INVALID_MESSAGE', field: 'model' });
      for (const { name } of ADAPTERS) expect(refusal(rig).message).toContain(name);
    }
  });

  it('[C4] a terminal is refused; without the kind a model stays the program with a terminal', () => {
    const rig = rigWithAcp();
    rig.create({ ...ACP, model: 'claude', terminal: { cols: 80, rows: 24 } });
    expect(refusal(rig)).toMatchObject({ code: 'INVALID_MESSAGE', field: 'terminal' });
    const { spec } = rig.made('Two', { program: undefined, model: 'claude' });
    expect(spec).toMatchObject({ kind: 'terminal', program: { command: 'claude', args: [] } });
  });
});

describe('the host of an agent of the kind acp', () => {
  it('[C4] a named host with an older runner is refused, and the error says what to do', () => {
    const rig = rigWithHost();
    rig.create({ ...ACP, model: 'claude', hostId: HOST_A });
    expect(refusal(rig)).toMatchObject({ code: 'AGENT_SPAWN_FAILED', field: 'hostId' });
    expect(refusal(rig).message).toMatch(/^Upgrade the runner on alpha: .*muster-runner/);
    expect(rig.lobby.agents.size).toBe(0);
  });

  it('[C4] it is chosen among those that take the kind, not among older ones', () => {
    const rig = rigWithHost();
    rig.create({ ...ACP, model: 'claude' });
    expect(refusal(rig).message).toContain('Upgrade the runner on alpha');
    rig.enrol(HOST_B);
    rig.helloAs(factsWithAcp(), HOST_B);
    rig.create({ ...ACP, model: 'claude' }, 'c2');
    rig.roomPlaced();
    rig.placed({}, HOST_B);
    expect([...rig.lobby.agents.values()].map(({ spec }) => spec.hostId)).toEqual([HOST_B]);
  });

  it.each([
    [
      'program',
      /Claude Code cannot start on alpha: .*npm install -g @agentclientprotocol\/claude-agent-acp .*runner again/,
    ],
    ['node', /Claude Code cannot start on alpha: it needs Node 20 or newer/],
  ] as const)(
    '[C4] a host that lacks the %s of the adapter is refused, and told how to get it',
    (lacks, says) => {
      const rig = rigWithAcp({ adapters: [{ name: 'claude', lacks }, { name: 'codex' }] });
      rig.create({ ...ACP, model: 'claude' });
      expect(refusal(rig)).toMatchObject({ code: 'AGENT_SPAWN_FAILED', field: 'hostId' });
      expect(refusal(rig).message).toMatch(says);
      expect(rig.made('Two', { ...ACP, model: 'codex' }).spec.hostId).toBe(HOST_A);
    },
  );

  it('[C4] a host that does not tell of an adapter is asked', () => {
    expect(rigWithAcp().made('One', { ...ACP, model: 'goose' }).spec.kind).toBe('acp');
    const rig = rigWithAcp({ adapters: [{ name: 'claude', lacks: 'program' }] });
    expect(rig.made('One', { ...ACP, model: 'goose' }).spec.kind).toBe('acp');
  });

  it("[C4] what a host lacks on its own PATH is no matter to a program's path or an agent's PATH", () => {
    const rig = rigWithAcp({ adapters: [{ name: 'claude', lacks: 'program' }] });
    const program = { command: '/opt/claude-agent-acp', args: [] };
    expect(rig.made('One', { kind: 'acp', program }).spec.program).toEqual(program);
    const environment = { PATH: '/opt/bin' };
    expect(rig.made('Two', { ...ACP, model: 'claude', environment }).spec.environment).toEqual(environment);
  });

  it('[C4] a host with the adapter is preferred to one without, however many agents it has', () => {
    const rig = rigWithAcp({ adapters: [{ name: 'claude' }] });
    rig.made('Busy');
    rig.enrol(HOST_B);
    rig.helloAs(factsWithAcp({ adapters: [{ name: 'claude', lacks: 'program' }] }), HOST_B);
    expect(rig.made('One', { ...ACP, model: 'claude' }).spec.hostId).toBe(HOST_A);
  });
});

describe('an older runner', () => {
  it('[C4] that takes the place of a newer one before the agent is placed gets none; the create is undone', () => {
    const rig = rigWithAcp();
    rig.create({ ...ACP, model: 'claude' });
    rig.hello(HOST_A, [], 'older');
    rig.roomPlaced();
    expect(hostMessages(rig.out, 'agent:place')).toEqual([]);
    expect(refusal(rig).message).toContain('Upgrade the runner on alpha');
    expect(rig.lobby.agents.size).toBe(0);
  });

  it('[C4] is never told of the kind, and does not delete the agent', () => {
    const rig = rigWithAcp();
    const { spec } = rig.made('One', { ...ACP, model: 'claude' });
    rig.out = [];
    rig.hello(HOST_A, [], 'older');
    rig.says({ type: 'agent:update', payload: { agentId: spec.agentId, name: 'Other' } }, 'u');
    expect(hostMessages(rig.out, 'agent:place')).toEqual([]);
    const [welcome] = hostMessages(rig.out, 'lobby:welcome');
    expect(welcome?.agents).toMatchObject([
      { spec: { agentUid: spec.agentUid, kind: 'process', autostart: false }, generation: 1, wanted: false },
    ]);
    rig.out = [];
    rig.helloAs(factsWithAcp(), HOST_A, [], 'newer');
    expect(hostMessages(rig.out, 'lobby:welcome')[0]?.agents).toMatchObject([
      { spec: { name: 'Other', kind: 'acp', autostart: true } },
    ]);
  });
});

it('a host tells the pages its kinds and adapters, and nothing where its runner does not tell', () => {
  const told = { kinds: ['acp'], adapters: [{ name: 'codex', lacks: 'node' as const }] };
  expect(hostSummaries(rigWithAcp(told).lobby)).toMatchObject([told]);
  expect(hostSummaries(rigWithHost().lobby)[0]).not.toHaveProperty('kinds');
});
