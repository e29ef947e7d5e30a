import { ADAPTERS, AgentCreateSchema, wireError } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import { adapterOfAddress, adapterTiles, missingFor } from '../../src/lib/agents/adapters.ts';
import { emptyDraft, OTHER_ADAPTER, serverErrors, toCreate } from '../../src/lib/agents/draft.ts';

const kinds = ['terminal', 'acp'];
const claude = { name: 'claude' };
const tileOf = (name: string, hosts: Parameters<typeof adapterTiles>[0]) => {
  const tile = adapterTiles(hosts).find(({ adapter }) => adapter.name === name);
  if (tile === undefined) throw new Error(`no ${name}`);
  return tile;
};

describe('the tiles of coding agents', () => {
  test('[C4] say where each can be started, and what is missing elsewhere', () => {
    const alpha = { name: 'alpha', kinds, adapters: [claude, { name: 'codex', lacks: 'node' as const }] };
    const beta = { name: 'beta', kinds, adapters: [claude, { name: 'gemini', lacks: 'program' as const }] };
    const notes = (hosts: Parameters<typeof adapterTiles>[0]) =>
      ['claude', 'codex', 'gemini', 'goose'].map((name) => tileOf(name, hosts).note);
    expect(notes([alpha])).toEqual(['on alpha', 'needs Node 22', 'not looked for', 'not looked for']);
    expect(notes([alpha, beta])).toEqual([
      'on 2 hosts',
      'not looked for',
      'not looked for',
      'not looked for',
    ]);
    expect(notes([beta])).toEqual(['on beta', 'not looked for', 'not installed', 'not looked for']);
    expect(notes([])).toEqual(Array.from({ length: 4 }, () => 'no host is online'));
  });

  test('[C4] a host with an older runner has none of them', () => {
    const older = { name: 'old', adapters: [claude] };
    expect(tileOf('claude', [older])).toMatchObject({ readiness: 'runner', note: 'needs a newer runner' });
    expect(tileOf('claude', [older, { name: 'new', kinds, adapters: [claude] }]).note).toBe('on new');
  });

  test('those that can be started come first, the others keep their order', () => {
    const names = (adapters: { name: string }[]) =>
      adapterTiles([{ name: 'alpha', kinds, adapters }]).map(({ adapter }) => adapter.name);
    const table = ADAPTERS.map(({ name }) => name);
    expect(names([])).toEqual(table);
    expect(names([{ name: 'goose' }])).toEqual(['goose', ...table.filter((name) => name !== 'goose')]);
  });

  test('[C4] what is missing is a sentence, with the command that installs it', () => {
    const lacking = (name: string, lacks: 'program' | 'node') =>
      missingFor(tileOf(name, [{ name: 'alpha', kinds, adapters: [{ name, lacks }] }]), 'alpha');
    expect(lacking('claude', 'program')).toMatchObject({
      sentence: expect.stringContaining('claude-agent-acp is not on the PATH of alpha'),
      command: 'npm install -g @agentclientprotocol/claude-agent-acp',
    });
    expect(lacking('goose', 'program')?.command).toBeNull();
    expect(lacking('codex', 'node')?.sentence).toContain('Node 22 or newer on alpha');
    expect(missingFor(tileOf('claude', [{ name: 'old' }]), 'old')?.sentence).toContain('muster-runner');
    expect(missingFor(tileOf('claude', [{ name: 'alpha', kinds, adapters: [claude] }]), 'alpha')).toBeNull();
  });

  test('an address may name one', () => {
    expect(adapterOfAddress('codex')?.title).toBe('Codex');
    for (const name of [null, 'bash', '__proto__']) expect(adapterOfAddress(name)).toBeNull();
  });
});

describe('a new agent to talk with', () => {
  const draft = { ...emptyDraft(), name: 'Claude' };

  test.each(ADAPTERS.map(({ name }) => name))('[C4] %s is of the kind acp, by its model', (adapter) => {
    const message = toCreate({
      ...draft,
      adapter,
      line: 'bash',
      recording: true,
      shell: '/bin/zsh',
      cols: null,
    });
    expect(message).toEqual({
      ok: true,
      value: { name: 'Claude', kind: 'acp', model: adapter, restart: 'on-failure', autostart: true },
    });
    expect(message.ok && AgentCreateSchema.safeParse(message.value).success).toBe(true);
  });

  test('[C4] any other program that speaks ACP is one too, and must be named', () => {
    expect(toCreate({ ...draft, adapter: OTHER_ADAPTER, line: 'mine --acp' })).toMatchObject({
      ok: true,
      value: { kind: 'acp', program: { command: 'mine', args: ['--acp'] } },
    });
    expect(toCreate({ ...draft, adapter: OTHER_ADAPTER })).toEqual({
      ok: false,
      error: { program: 'Say what to run.' },
    });
  });

  test('what the server says of its model is shown where it was chosen', () => {
    const error = wireError('INVALID_MESSAGE', 'The coding agent is none of these', { field: 'model' });
    expect(Object.keys(serverErrors(error))).toEqual(['program']);
  });
});
