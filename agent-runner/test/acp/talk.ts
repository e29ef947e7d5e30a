import {
  AgentIdSchema,
  type AgentPolicy,
  adapterOf,
  type ConversationFacts,
  type ConversationUpdate,
  type Item,
  NO_POLICY,
  nameIn,
  type PermissionId,
  permissionIdOf,
  type StreamEvent,
} from '@muster/protocol';
import {
  type Conversation,
  type CoreEffect,
  type CoreEvent,
  handle,
  type Masker,
  newConversation,
} from '../../src/acp/core/index.ts';
import { NO_SECRETS } from '../../src/acp/masker.ts';
import { conversation, factsOf, inShort, itemsOf, prompt, writesOf } from '../support/acp-rig.ts';

type Json = Record<string, unknown>;
export const AGENT = AgentIdSchema.parse('a');

interface TalkOptions {
  /** A known adapter's name. */
  readonly adapter?: string;
  readonly initialize?: Json;
  readonly session?: Json;
  readonly masker?: Masker;
  readonly askedElsewhere?: number;
  readonly policy?: AgentPolicy;
}

/** A conversation's core with a clock of its own, and an adapter that a test plays. */
export class Talk {
  readonly state: Conversation;
  now = 1_000_000;
  readonly effects: CoreEffect[] = [];
  readonly #options: TalkOptions;
  #asked = 0;
  #timer: number | null = null;

  constructor(options: TalkOptions = {}) {
    this.#options = options;
    const adapter = options.adapter === undefined ? null : adapterOf(options.adapter);
    const setup = { conversationId: conversation('1'), command: ['agent'], adapter, version: '1' };
    this.state = newConversation(setup, this.now);
  }

  /** One whose session is open and whose first turn, `t1`, runs. */
  static running(options: TalkOptions = {}): Talk {
    const talk = new Talk(options);
    talk.prompt('go', 't1');
    talk.open();
    return talk;
  }

  feed(event: CoreEvent): CoreEffect[] {
    this.#asked += 1;
    const context = {
      now: this.now,
      permissionId: this.permission(this.#asked),
      digest: (text: string) => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64),
      directory: '/work',
      locate: (path: string) => (path.startsWith('/') || path.includes('..') ? null : `/work/${path}`),
      masker: this.#options.masker ?? NO_SECRETS,
      policy: this.#options.policy ?? NO_POLICY,
      resolve: nameIn('/work'),
      askedElsewhere: this.#options.askedElsewhere ?? 0,
    };
    const effects = [...handle(this.state, event, context)];
    for (const effect of effects) if (effect.type === 'timer') this.#timer = effect.at;
    this.effects.push(...effects);
    return effects;
  }

  permission(n: number): PermissionId {
    return permissionIdOf(AGENT, String(n));
  }

  order(order: Extract<CoreEvent, { type: 'order' }>['order']): void {
    this.feed({ type: 'order', order });
  }

  prompt(text: string, turnId: string): void {
    this.order(prompt(text, turnId));
  }

  /** The adapter starts and answers as far as the prompt. */
  open(incarnation = 'i1'): void {
    this.feed({ type: 'adapter-started', incarnation });
    this.answer('initialize', { protocolVersion: 1, ...this.#options.initialize });
    for (const method of ['session/new', 'session/resume', 'session/load'])
      if (this.last(method) !== undefined && this.state.phase === 'opening')
        this.answer(method, { sessionId: 's1', ...this.#options.session });
  }

  /** Lets time pass, ringing as the core asked. */
  wait(ms: number): void {
    const until = this.now + ms;
    while (this.#timer !== null && this.#timer <= until) {
      this.now = Math.max(this.now, this.#timer);
      this.#timer = null;
      this.feed({ type: 'tick' });
    }
    this.now = until;
  }

  line(json: Json): CoreEffect[] {
    return this.feed({ type: 'line', json: { jsonrpc: '2.0', ...json } });
  }

  update(update: Json, sessionId = 's1'): CoreEffect[] {
    return this.line({ method: 'session/update', params: { sessionId, update } });
  }

  chunk(text: string, messageId?: string, kind = 'agent_message_chunk'): void {
    this.update({ sessionUpdate: kind, content: { type: 'text', text }, ...(messageId && { messageId }) });
  }

  tool(toolCallId: string, fields: Json = {}): void {
    this.update({ sessionUpdate: 'tool_call', toolCallId, title: toolCallId, ...fields });
  }

  toolUpdate(toolCallId: string, fields: Json): void {
    this.update({ sessionUpdate: 'tool_call_update', toolCallId, ...fields });
  }

  ask(id: number, toolCall: Json, options?: unknown): PermissionId {
    const offered = options ?? [
      { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
      { optionId: 'no', name: 'No', kind: 'reject_once' },
    ];
    this.line({ id, method: 'session/request_permission', params: { toolCall, options: offered } });
    return this.permission(this.#asked);
  }

  /** The adapter answers the newest call of a method. */
  answer(method: string, result: Json): void {
    this.line({ id: this.last(method)?.['id'], result });
  }

  fail(method: string, code: number, message = 'It failed', data?: unknown): void {
    this.line({ id: this.last(method)?.['id'], error: { code, message, data } });
  }

  get written(): Json[] {
    return this.effects.flatMap((effect) => (effect.type === 'write' ? [effect.json] : []));
  }

  last(method: string): Json | undefined {
    return this.written.findLast((json) => json['method'] === method);
  }

  /** What the adapter was answered. */
  answers(id: unknown): unknown[] {
    return this.written.filter((json) => json['id'] === id && json['method'] === undefined);
  }

  get methods(): unknown[] {
    return this.written.flatMap(({ method }) => (method === undefined ? [] : [method]));
  }

  get events(): StreamEvent[] {
    return this.effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []));
  }

  get updates(): ConversationUpdate[] {
    return this.effects.flatMap((effect) => (effect.type === 'update' ? [effect.update] : []));
  }

  get facts(): ConversationFacts {
    return factsOf(this.events);
  }

  /** From rows, with those that wait. */
  get items(): Item[] {
    return itemsOf([...writesOf(this.events), ...this.state.rows.writes]);
  }

  get rows(): string[] {
    return this.items.map(inShort);
  }

  /** From live updates. */
  get live(): string[] {
    return itemsOf(this.updates).map(inShort);
  }

  of<T extends StreamEvent['type']>(type: T): Extract<StreamEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<StreamEvent, { type: T }> => event.type === type);
  }

  states(permissionId: PermissionId): string[] {
    return this.of('request:changed')
      .filter((event) => event.permissionId === permissionId)
      .map(({ resolution }) => resolution.state);
  }
}
