import { LIMITS, MIB } from '@muster/protocol';
import * as z from 'zod';

/** What a program gives a hook on its standard input, bytes. */
export const HOOK_INPUT_BYTES = 4 * MIB;
/** One line between a hook and its keeper, characters: the input, escaped once more. */
export const HOOK_LINE_CHARS = 10 * MIB;
/** C3: so long a hook waits for people, ms. */
export const HOOK_WAIT_MS = 86_400_000;

/** Programs whose hooks are known. */
export const HOOK_PROGRAMS = ['claude', 'codex'] as const;
export type HookProgram = (typeof HOOK_PROGRAMS)[number];

const text = z.string().max(LIMITS.textChars);
/** The program's own name for one of its sessions. */
const session = z.string().max(LIMITS.messageIdChars);
/** Of one tool call. `input`: what it is given, as JSON. */
const call = { tool: z.string().min(1).max(LIMITS.titleChars), input: z.string().max(HOOK_INPUT_BYTES) };
const version = z.literal(1);

/** Hook → keeper: the one line of a connection. Both may be of different versions, so fields are only added. */
export const HookRequestSchema = z.discriminatedUnion('do', [
  /** Answered by `asked`, later by `decided` or `nothing`. The end of the connection takes it back. */
  z.object({
    version,
    do: z.literal('ask'),
    program: z.enum(HOOK_PROGRAMS),
    session,
    ...call,
    directory: z.string().max(LIMITS.pathChars),
    /** How long the hook waits, ms. */
    waitMs: z.number().int().min(1).max(HOOK_WAIT_MS),
  }),
  /** The program wants a person to look. */
  z.object({ version, do: z.literal('notify'), session, text }),
  /** What the session asked is over: of one tool call where that is named, else all. */
  z.object({ version, do: z.literal('end'), session, ...z.object(call).partial().shape }),
]);
export type HookRequest = z.infer<typeof HookRequestSchema>;
export type HookAsk = Extract<HookRequest, { do: 'ask' }>;

/** Keeper → hook. */
export const HookReplySchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('asked') }),
  z.object({ is: z.literal('decided'), behavior: z.enum(['allow', 'deny']), message: text.optional() }),
  /** Nobody decides here: the program asks in its terminal. */
  z.object({ is: z.literal('nothing') }),
]);
export type HookReply = z.infer<typeof HookReplySchema>;
export type HookDecision = Extract<HookReply, { is: 'decided' }>;
