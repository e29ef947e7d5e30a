import type { HookProgram } from './messages.ts';

/** A day: after it the request expires. Claude Code shows its own prompt meanwhile, so that no one waits for it. */
const CLAUDE_TIMEOUT_S = 86_400;
/** Longer than the hook waits for people, so that it is never cut off. */
const CODEX_TIMEOUT_S = 330;
/** For events that are only told. */
const TELL_TIMEOUT_S = 10;
/** Tools that ask. Looking for the end of others would cost a process for each. */
const ASKING_TOOLS = 'Bash|Edit|MultiEdit|Write|NotebookEdit|WebFetch|mcp__.*';

/** `runner`: the command of this program, as a shell takes it. Outside of Muster nothing is started. */
function handler(runner: string, program: HookProgram, timeout: number) {
  const command = `[ -z "$MUSTER_AGENT_SOCKET" ] || exec ${runner} hook ${program}`;
  return { hooks: [{ type: 'command', command, timeout }] };
}

/** The lines to copy into `~/.claude/settings.json`, or `~/.codex/hooks.json`. */
export function hookSettings(program: HookProgram, runner: string): string {
  const tell = handler(runner, program, TELL_TIMEOUT_S);
  const ask = handler(runner, program, program === 'claude' ? CLAUDE_TIMEOUT_S : CODEX_TIMEOUT_S);
  const hooks =
    program === 'claude'
      ? {
          PermissionRequest: [ask],
          PostToolUse: [{ matcher: ASKING_TOOLS, ...tell }],
          Notification: [tell],
          UserPromptSubmit: [tell],
          Stop: [tell],
        }
      : { PermissionRequest: [ask], UserPromptSubmit: [tell], Stop: [tell] };
  return JSON.stringify({ hooks }, null, 2);
}
