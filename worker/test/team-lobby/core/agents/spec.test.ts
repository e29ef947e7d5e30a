import { type AgentCreate, AgentCreateSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { presetNames } from '../../../../src/team-lobby/core/agents/presets.ts';
import { buildSpec } from '../../../../src/team-lobby/core/agents/spec.ts';
import { HOST_A, HOST_B, Rig, rigWithHost, uuid } from '../rig.ts';

const wanted = (over: Record<string, unknown> = {}): AgentCreate =>
  AgentCreateSchema.parse({ name: 'One', program: { command: 'bash' }, ...over });

function refusalOf(rig: Rig, over: Record<string, unknown>) {
  const spec = buildSpec(rig.lobby, wanted(over), uuid(1));
  if (spec.ok) throw new Error('was accepted');
  return [spec.error.code, spec.error.details?.['field'], spec.error.message];
}

function specFor(rig: Rig, over: Record<string, unknown>) {
  const spec = buildSpec(rig.lobby, wanted(over), uuid(1));
  if (!spec.ok) throw new Error(spec.error.message);
  return spec.value;
}

describe('from agent:create to a spec', () => {
  it('fills in what was not said', () => {
    expect(specFor(rigWithHost(), { name: 'My Agent 2' })).toMatchObject({
      agentId: 'my-agent-2',
      kind: 'terminal',
      terminal: { cols: 80, rows: 24 },
      restart: 'never',
      autostart: true,
      environment: {},
      labels: {},
      workspace: '/home/ada',
    });
  });

  it.each(presetNames.map((name) => [name]))('the preset %s is a program', (model) => {
    const spec = specFor(rigWithHost(), { program: undefined, model });
    expect(spec.program?.command).toBe(model.startsWith('claude') ? 'claude' : model);
  });

  it("003's two names are Claude's models", () => {
    const args = (model: string) => specFor(rigWithHost(), { program: undefined, model }).program?.args;
    expect(args('claude-3-opus')).toEqual(['--model', 'opus']);
    expect(args('claude-3-sonnet')).toEqual(['--model', 'sonnet']);
  });

  it.each(['gpt-2', '__proto__', 'constructor'])('the unknown model %s is named', (model) => {
    const [code, field, message] = refusalOf(rigWithHost(), { program: undefined, model });
    expect([code, field]).toEqual(['INVALID_MESSAGE', 'model']);
    expect(message).toContain(model);
  });

  it('pipes have no terminal, terminals have one', () => {
    const rig = rigWithHost();
    expect(specFor(rig, { terminal: false })).toMatchObject({ kind: 'process' });
    expect(specFor(rig, { terminal: false })).not.toHaveProperty('terminal');
    expect(specFor(rig, { kind: 'echo' })).not.toHaveProperty('terminal');
    expect(refusalOf(rig, { kind: 'terminal', terminal: false })[1]).toBe('terminal');
    expect(refusalOf(rig, { kind: 'process', terminal: { cols: 1, rows: 1 } })[1]).toBe('terminal');
  });

  it('chooses the only host online, else the one with fewest agents that allows the directory', () => {
    const rig = new Rig();
    expect(refusalOf(rig, {}).slice(0, 2)).toEqual(['HOST_OFFLINE', 'hostId']);
    rig.enrol(HOST_A);
    rig.enrol(HOST_B);
    rig.hello(HOST_A);
    expect(specFor(rig, { workspace: '/elsewhere' }).hostId).toBe(HOST_A);
    rig.made('Busy');
    rig.hello(HOST_B, [], 'hb', ['/srv']);
    expect(specFor(rig, {}).hostId).toBe(HOST_B);
    expect(specFor(rig, { workspace: '/home/ada/x' }).hostId).toBe(HOST_A);
    expect(specFor(rig, { workspace: '/srv' }).hostId).toBe(HOST_B);
    expect(refusalOf(rig, { workspace: '/srvx' }).slice(0, 2)).toEqual(['INVALID_MESSAGE', 'workspace']);
  });

  it('a host that is named must be known and online', () => {
    const rig = rigWithHost();
    rig.enrol(HOST_B);
    expect(refusalOf(rig, { hostId: HOST_B }).slice(0, 2)).toEqual(['HOST_OFFLINE', 'hostId']);
    expect(refusalOf(rig, { hostId: uuid(9) }).slice(0, 2)).toEqual(['INVALID_MESSAGE', 'hostId']);
  });

  it('[L] the 101st agent of a host is AGENT_LIMIT_EXCEEDED', () => {
    const rig = rigWithHost();
    for (let index = 0; index < 100; index += 1) rig.create({ name: `n${index}` }, `c${index}`);
    expect(refusalOf(rig, {}).slice(0, 2)).toEqual(['AGENT_LIMIT_EXCEEDED', 'hostId']);
  });

  it('[S13] what would not fit lobby:welcome is refused', () => {
    const rig = rigWithHost();
    const environment = Object.fromEntries(
      Array.from({ length: 7 }, (_, index) => [`V${index}`, 'x'.repeat(32_000)]),
    );
    for (let index = 0; index < 4; index += 1) rig.create({ name: `n${index}`, environment }, `c${index}`);
    expect(rig.lobby.agents.size).toBe(4);
    expect(refusalOf(rig, { environment }).slice(0, 2)).toEqual(['AGENT_LIMIT_EXCEEDED', 'environment']);
    const more = { ...environment, V7: 'x'.repeat(32_000), V8: 'x'.repeat(32_000) };
    expect(refusalOf(rig, { environment: more }).slice(0, 2)).toEqual(['INVALID_MESSAGE', 'environment']);
  });
});
