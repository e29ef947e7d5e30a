import { LIMITS } from '@muster/protocol';
import * as z from 'zod';
import { HOOK_WAIT_MS, type HookProgram, type HookRequest } from './messages.ts';

/** As Claude Code and Codex tell their hooks; the rest of it is of no use here. */
const InputSchema = z.object({
  hook_event_name: z.string(),
  session_id: z.string().max(LIMITS.messageIdChars),
  cwd: z.string().max(LIMITS.pathChars).default(''),
  tool_name: z.string().optional(),
  tool_input: z.unknown().optional(),
  message: z.string().optional(),
  /** Codex only. */
  turn_id: z.string().optional(),
});
type Input = z.infer<typeof InputSchema>;

/** Codex shows its own prompt only when its hook is done, so that a person at the terminal waits for that. */
const WAIT_MS: Record<HookProgram, number> = { claude: HOOK_WAIT_MS, codex: 300_000 };
/** They ask for more than yes or no, in a dialogue of their own. */
const DIALOGUES = new Set(['AskUserQuestion', 'ExitPlanMode', 'EnterPlanMode']);

/** Which program it is of, and what the keeper is to be told. */
export interface HookCall {
  readonly program: HookProgram;
  readonly request: HookRequest;
}

/** C13b: what a hook's input says. Null: nothing for the keeper. `named`: the program, as the command line has it. */
export function readHookInput(text: string, named: HookProgram | null, waitMs?: number): HookCall | null {
  const input = InputSchema.safeParse(parsed(text)).data;
  if (input === undefined) return null;
  const program = named ?? (input.turn_id === undefined ? 'claude' : 'codex');
  const wait = Math.min(waitMs ?? WAIT_MS[program], HOOK_WAIT_MS);
  const request = requestOf(input, program, wait);
  return request === null ? null : { program, request };
}

function requestOf(input: Input, program: HookProgram, waitMs: number): HookRequest | null {
  const { hook_event_name: event, session_id: session, cwd: directory, tool_name: tool = '' } = input;
  const call = { tool, input: JSON.stringify(input.tool_input) ?? '' };
  switch (event) {
    case 'PermissionRequest':
      if (tool === '') return null;
      if (DIALOGUES.has(tool)) return { version: 1, do: 'notify', session, text: `Waits for you in ${tool}` };
      return { version: 1, do: 'ask', program, session, ...call, directory, waitMs };
    case 'Notification':
      return { version: 1, do: 'notify', session, text: (input.message ?? '').slice(0, LIMITS.textChars) };
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return tool === '' ? null : { version: 1, do: 'end', session, ...call };
    case 'Stop':
    case 'UserPromptSubmit':
    case 'SessionEnd':
      return { version: 1, do: 'end', session };
    default:
      return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
