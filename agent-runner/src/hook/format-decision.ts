import type { HookDecision } from './messages.ts';

/** Codex takes no denial without a word. */
const DENIED = 'Denied in Muster.';

/** What a `PermissionRequest` hook prints, of Claude Code and of Codex alike: one line of JSON. */
export function formatDecision({ behavior, message = DENIED }: HookDecision): string {
  const decision = behavior === 'allow' ? { behavior } : { behavior, message };
  return JSON.stringify({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } });
}
