import type { HostSummary } from '@muster/protocol';
import { slugOf } from '@muster/protocol';

/** Programs people start most, each one line. A host tells which of them it has. */
export interface Preset {
  readonly id: string;
  readonly label: string;
  readonly line: string;
  /** Names the agent when nobody did. */
  readonly name: string;
  readonly hint: string;
}

export const PRESETS: readonly Preset[] = [
  { id: 'bash', label: 'Shell', line: 'bash', name: 'shell', hint: 'a shell to work in' },
  { id: 'claude', label: 'Claude Code', line: 'claude', name: 'claude', hint: "Anthropic's coding agent" },
  { id: 'codex', label: 'Codex', line: 'codex', name: 'codex', hint: "OpenAI's coding agent" },
  { id: 'gemini', label: 'Gemini CLI', line: 'gemini', name: 'gemini', hint: "Google's coding agent" },
];

export function presetOf(id: string | null): Preset | undefined {
  return PRESETS.find((preset) => preset.id === id);
}

/** Whether one of these hosts may have it: one that does not tell may. None of them: nobody knows. */
export const isInstalled = (preset: Preset, hosts: readonly Pick<HostSummary, 'programs'>[]): boolean =>
  hosts.length === 0 ||
  hosts.some(({ programs }) => programs === undefined || programs.includes(preset.line));

/** `claude`, or `claude-2` when that is taken, and so on. */
export function uniqueName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  let count = 2;
  while (taken.has(`${wanted}-${count}`)) count += 1;
  return `${wanted}-${count}`;
}

/** Programs that only run another, which says more. */
const RUNNERS = new Set([
  'node',
  'npm',
  'npx',
  'pnpm',
  'yarn',
  'bun',
  'bunx',
  'deno',
  'python',
  'python3',
  'uv',
  'uvx',
  'make',
  'cargo',
  'go',
]);
const RUNNERS_WORDS = new Set(['run', 'exec', 'start', '-m', 'tool', 'dlx', 'task']);
const SHELL = /^(?:ba|z|da|fi)?sh$/;

/** Suggests an agent's name for a command line: `npm run watch` is `watch`, `python3 -m http.server` is `http-server`. */
export function nameOfProgram(argv: readonly string[]): string {
  const [command = '', ...rest] = argv;
  const own = baseOf(command);
  if (SHELL.test(own)) return argv.length === 1 ? 'shell' : own;
  if (!RUNNERS.has(own)) return slugOf(own);
  const said = rest.find((word) => !RUNNERS_WORDS.has(word) && !word.startsWith('-'));
  return slugOf(said === undefined ? own : baseOf(said)) || slugOf(own);
}

/** `/opt/tools/serve.py` is `serve`; `http.server` stays. */
const baseOf = (path: string): string =>
  (path.split('/').at(-1) ?? '').replace(/\.(?:[cm]?[jt]s|py|sh|rb|pl)$/, '');
