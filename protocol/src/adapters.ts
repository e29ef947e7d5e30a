import type { Program } from './agent.ts';

/** A coding agent that speaks ACP: how it is started, and what its host needs (C4). */
export interface Adapter {
  /** Its name on the wire: `model` of `agent:create` with `kind: "acp"`. */
  readonly name: string;
  readonly title: string;
  readonly program: Program;
  /** Added to its environment, under the agent's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** The npm package that brings it; null: it has an installer of its own. */
  readonly package: string | null;
  /** The oldest major of Node that it runs on; null: it brings its own. */
  readonly node: number | null;
  /** C17: the mode in which it asks people; null: its own default. */
  readonly mode: string | null;
  /** What a person does to sign in, on the host. */
  readonly signIn: string;
}

/** The adapters that Muster knows. Any other command that speaks ACP is an agent too. */
export const ADAPTERS: readonly Adapter[] = [
  {
    name: 'claude',
    title: 'Claude Code',
    program: { command: 'claude-agent-acp', args: [] },
    environment: {},
    package: '@agentclientprotocol/claude-agent-acp',
    node: 20,
    mode: 'default',
    signIn: 'Run claude on the host and sign in, or set ANTHROPIC_API_KEY.',
  },
  {
    name: 'codex',
    title: 'Codex',
    program: { command: 'codex-acp', args: [] },
    environment: { NO_BROWSER: '1' },
    package: '@agentclientprotocol/codex-acp',
    node: 22,
    mode: 'workspace-write',
    signIn: 'Run codex login on the host, or set OPENAI_API_KEY.',
  },
  {
    name: 'gemini',
    title: 'Gemini CLI',
    program: { command: 'gemini', args: ['--acp'] },
    environment: {},
    package: '@google/gemini-cli',
    node: 20,
    mode: null,
    signIn: 'Run gemini on the host and sign in, or set GEMINI_API_KEY.',
  },
  {
    name: 'opencode',
    title: 'OpenCode',
    program: { command: 'opencode', args: ['acp'] },
    environment: {},
    package: 'opencode-ai',
    node: null,
    mode: null,
    signIn: 'Run opencode auth login on the host.',
  },
  {
    name: 'copilot',
    title: 'GitHub Copilot',
    program: { command: 'copilot', args: ['--acp'] },
    environment: {},
    package: '@github/copilot',
    node: 22,
    mode: null,
    signIn: 'Run copilot on the host and use /login.',
  },
  {
    name: 'cursor',
    title: 'Cursor',
    program: { command: 'cursor-agent', args: ['acp'] },
    environment: {},
    package: null,
    node: null,
    mode: null,
    signIn: 'Run cursor-agent login on the host.',
  },
  {
    name: 'goose',
    title: 'Goose',
    program: { command: 'goose', args: ['acp'] },
    environment: {},
    package: null,
    node: null,
    mode: null,
    signIn: 'Run goose configure on the host.',
  },
];

export const adapterOf = (name: string): Adapter | null =>
  ADAPTERS.find((adapter) => adapter.name === name) ?? null;

/** The known adapter that this program is; null: another command. */
export const adapterOfProgram = ({ command }: Program): Adapter | null =>
  ADAPTERS.find(({ program }) => program.command === command.split('/').at(-1)) ?? null;
