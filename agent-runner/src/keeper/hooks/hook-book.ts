import type {
  ConversationEvent,
  Decision,
  PermissionId,
  PermissionRequest,
  RequestOption,
  Resolution,
} from '@muster/protocol';
import { canonicalJson, mapTexts } from '../../acp/core/json.ts';
import type { HookAsk, HookReply, HookRequest } from '../../hook/messages.ts';
import type { Signal } from '../../screen/signal.ts';
import { toolArgument } from './tool-argument.ts';

/** C13b: requests of an agent's hooks that are open at a time. */
const OPEN_REQUESTS = 20;
/** Requests that a burst may have, and ms after which one more is taken: a program in a loop must not flood people. */
const BURST = 20;
const REFILL_MS = 3_000;

const ALLOW = { optionId: 'allow', name: 'Allow', kind: 'allow_once' };
const DENY = { optionId: 'deny', name: 'Deny', kind: 'reject_once' };
const OPTIONS: RequestOption[] = [ALLOW, DENY];
/** The name of this book's notification. */
const SIGNAL_ID = 'muster-hook';
const NAMES = { claude: 'Claude Code', codex: 'Codex' } as const;

export interface HookContext {
  /** ms since 1970. */
  readonly now: number;
  /** Of a request that this event opens: never used before. */
  readonly permissionId: PermissionId;
  /** SHA-256, 64 hex digits. */
  readonly digest: (text: string) => string;
  /** X7. */
  readonly mask: (text: string) => string;
  /** The room is there, and takes such requests. */
  readonly isReachable: boolean;
}

/** `connection`: of one hook, never used before. */
export type HookEvent =
  | { readonly type: 'told'; readonly connection: number; readonly request: HookRequest }
  | { readonly type: 'closed'; readonly connection: number }
  | { readonly type: 'decide'; readonly permissionId: PermissionId; readonly decision: Decision };

export type HookEffect =
  | { readonly type: 'event'; readonly event: ConversationEvent }
  /** C13a: for the agent's attention. */
  | { readonly type: 'signal'; readonly signal: Signal }
  /** `last`: nothing more is said to it. */
  | {
      readonly type: 'reply';
      readonly connection: number;
      readonly reply: HookReply;
      readonly last: boolean;
    };

interface Open {
  readonly connection: number;
  readonly ask: HookAsk;
  readonly request: PermissionRequest;
}

/** C13b: what the hooks of an agent's programs ask, until it is decided or taken back. Pure. */
export class HookBook {
  readonly #open = new Map<PermissionId, Open>();
  #effects: HookEffect[] = [];
  /** Requests that may come at once, and when that was last reckoned. */
  #left = BURST;
  #leftAt = 0;

  get openRequests(): readonly PermissionId[] {
    return [...this.#open.keys()];
  }

  handle(event: HookEvent, context: HookContext): readonly HookEffect[] {
    this.#apply(event, context);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #apply(event: HookEvent, context: HookContext): void {
    switch (event.type) {
      case 'told':
        return this.#receive(event.connection, event.request, context);
      case 'closed':
        return this.#withdraw(({ connection }) => connection === event.connection, GONE, context.now);
      case 'decide':
        return this.#decide(event.permissionId, event.decision, context.now);
    }
  }

  #receive(connection: number, request: HookRequest, context: HookContext): void {
    if (request.do === 'ask') return this.#ask(connection, request, context);
    if (request.do === 'notify') this.#notify(context.mask(request.text));
    else this.#end(request, context.now);
    this.#reply(connection, { is: 'nothing' });
  }

  #ask(connection: number, ask: HookAsk, context: HookContext): void {
    const { now, permissionId, digest, mask, isReachable } = context;
    const input = parsed(ask.input);
    if (!isReachable || input === undefined || this.#open.size >= OPEN_REQUESTS || !this.#takeToken(now))
      return this.#reply(connection, { is: 'nothing' });
    const tool = toolArgument(ask.tool, mapTexts(input, mask));
    const request: PermissionRequest = {
      kind: 'permission',
      permissionId,
      requestedAt: now,
      expiresAt: now + ask.waitMs,
      digest: digest(canonicalJson({ ...tool, options: OPTIONS })),
      tool,
      options: OPTIONS,
      directory: ask.directory,
    };
    this.#open.set(permissionId, { connection, ask, request });
    this.#effects.push({ type: 'event', event: { type: 'request:opened', request } });
    this.#notify(`${NAMES[ask.program]} asks. ${tool.title}`);
    this.#effects.push({ type: 'reply', connection, reply: { is: 'asked' }, last: false });
  }

  /** Of a bucket. False: it is empty. */
  #takeToken(now: number): boolean {
    const refilled = Math.max(0, now - this.#leftAt) / REFILL_MS;
    this.#left = Math.min(BURST, this.#left + refilled);
    this.#leftAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  #decide(permissionId: PermissionId, decision: Decision, now: number): void {
    const asked = this.#open.get(permissionId);
    if (asked === undefined) return this.#change(permissionId, { state: 'withdrawn', reason: GONE, at: now });
    this.#open.delete(permissionId);
    const reply = replyOf(decision);
    this.#reply(asked.connection, reply);
    const state = reply.is === 'decided' ? ('delivered' as const) : ('withdrawn' as const);
    const why = reply.is === 'decided' ? {} : { reason: LEFT };
    this.#change(permissionId, { state, decision, ...why, at: now });
    this.#quiet();
  }

  #end({ session, tool, input }: Extract<HookRequest, { do: 'end' }>, now: number): void {
    this.#withdraw(
      ({ ask }) =>
        ask.session === session && (tool === undefined || (ask.tool === tool && ask.input === input)),
      ELSEWHERE,
      now,
    );
    if (tool === undefined) this.#quiet();
  }

  #withdraw(isOver: (open: Open) => boolean, reason: string, now: number): void {
    for (const open of [...this.#open.values()].filter(isOver)) {
      const { permissionId } = open.request;
      this.#open.delete(permissionId);
      this.#reply(open.connection, { is: 'nothing' });
      this.#change(permissionId, { state: 'withdrawn', reason, at: now });
      this.#quiet();
    }
  }

  #notify(text: string): void {
    this.#effects.push({ type: 'signal', signal: { type: 'notification', id: SIGNAL_ID, text } });
  }

  /** Nothing is asked any more. */
  #quiet(): void {
    if (this.#open.size === 0)
      this.#effects.push({ type: 'signal', signal: { type: 'closed', id: SIGNAL_ID } });
  }

  #reply(connection: number, reply: HookReply): void {
    this.#effects.push({ type: 'reply', connection, reply, last: true });
  }

  #change(permissionId: PermissionId, resolution: Resolution): void {
    this.#effects.push({ type: 'event', event: { type: 'request:changed', permissionId, resolution } });
  }
}

const GONE = 'Its program does not ask this any more.';
const ELSEWHERE = 'It was answered in the terminal.';
const LEFT = 'It is left to its terminal.';

/** Whatever is no plain yes or no is left to the program's own prompt. */
function replyOf(decision: Decision): HookReply {
  if (decision.type !== 'option') return { is: 'nothing' };
  if (decision.optionId === ALLOW.optionId) return { is: 'decided', behavior: 'allow' };
  if (decision.optionId !== DENY.optionId) return { is: 'nothing' };
  const { message } = decision;
  return { is: 'decided', behavior: 'deny', ...(message === undefined ? {} : { message }) };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
