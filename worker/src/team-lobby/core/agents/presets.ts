import type { Program } from '@muster/protocol';

/** `model` of agent:create: what people call a program, and what is run for it. 003's two names are Claude's. */
const PRESETS: ReadonlyMap<string, Program> = new Map([
  ['claude', { command: 'claude', args: [] }],
  ['claude-3-opus', { command: 'claude', args: ['--model', 'opus'] }],
  ['claude-3-sonnet', { command: 'claude', args: ['--model', 'sonnet'] }],
  ['codex', { command: 'codex', args: [] }],
  ['gemini', { command: 'gemini', args: [] }],
  ['bash', { command: 'bash', args: [] }],
]);

export const presetNames: readonly string[] = [...PRESETS.keys()];

export const programOfModel = (model: string): Program | null => PRESETS.get(model) ?? null;
