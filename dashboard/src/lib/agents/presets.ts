/** Programs people start most, each one line. The host must have them in its PATH. */
export interface Preset {
  readonly id: string;
  readonly label: string;
  readonly line: string;
  /** Names the agent when nobody did. */
  readonly name: string;
  readonly hint: string;
}

export const PRESETS: readonly Preset[] = [
  { id: 'bash', label: 'Shell', line: 'bash', name: 'shell', hint: 'a login shell to work in' },
  { id: 'claude', label: 'Claude Code', line: 'claude', name: 'claude', hint: "Anthropic's coding agent" },
  { id: 'codex', label: 'Codex', line: 'codex', name: 'codex', hint: "OpenAI's coding agent" },
  { id: 'gemini', label: 'Gemini CLI', line: 'gemini', name: 'gemini', hint: "Google's coding agent" },
];

export function presetOf(id: string | null): Preset | undefined {
  return PRESETS.find((preset) => preset.id === id);
}

/** `claude`, or `claude-2` when that is taken, and so on. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  let count = 2;
  while (taken.has(`${wanted}-${count}`)) count += 1;
  return `${wanted}-${count}`;
}
