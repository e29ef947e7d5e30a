import {
  type AgentRequest,
  ConversationIdSchema,
  type ConversationState,
  ConversationStateSchema,
  type Item,
  isTextItem,
  type PermissionRequest,
  RequestCardSchema,
  type Resolution,
  StoredItemSchema,
} from '@muster/protocol';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Muster } from '../../harness/muster.ts';
import { eventually } from './eventually.ts';

const CreatedSchema = z.object({ conversationId: ConversationIdSchema });
const MessagesSchema = z.object({ messages: z.array(StoredItemSchema) });
/** A request, answered or not: an option, or a form. */
type Answer =
  | { readonly optionId: string; readonly message?: string }
  | { readonly action: 'accept' | 'decline' | 'cancel'; readonly content?: object };

/** One conversation with an agent, by REST. Use with `await using`: it is closed. */
export class RestConversation implements AsyncDisposable {
  readonly conversationId: string;
  readonly #muster: Muster;

  private constructor(muster: Muster, conversationId: string) {
    this.#muster = muster;
    this.conversationId = conversationId;
  }

  static async begin(muster: Muster, agentId: string, options: object = {}): Promise<RestConversation> {
    const path = `/api/agents/${agentId}/conversations`;
    const { conversationId } = CreatedSchema.parse(await call(muster, 'POST', path, options));
    return new RestConversation(muster, conversationId);
  }

  get path(): string {
    return `/api/conversations/${this.conversationId}`;
  }

  /** Says it; the turn may have begun by then. */
  async send(content: string, when: 'queue' | 'steer' | 'interrupt' = 'queue'): Promise<void> {
    await call(this.#muster, 'POST', `${this.path}/messages`, { content, when });
  }

  /** Says it, and resolves to the state at the turn's end. */
  async turn(content: string): Promise<ConversationState> {
    const before = (await this.state()).turn?.turnId;
    await this.send(content);
    return eventually(async () => {
      const state = await this.state();
      expect(state.turn).toMatchObject({ state: 'ended' });
      expect(state.turn?.turnId).not.toBe(before);
      expect(state.queue).toEqual([]);
      return state;
    });
  }

  async cancel(): Promise<void> {
    await call(this.#muster, 'POST', `${this.path}/cancel`);
  }

  async state(): Promise<ConversationState> {
    return ConversationStateSchema.parse(await call(this.#muster, 'GET', this.path));
  }

  /** Resolves to the state when it has these. */
  until(expected: object): Promise<ConversationState> {
    return eventually(async () => {
      const state = await this.state();
      expect(state).toMatchObject(expected);
      return state;
    });
  }

  async items(): Promise<readonly Item[]> {
    const page = await call(this.#muster, 'GET', `${this.path}/messages?raw=true&limit=200`);
    return MessagesSchema.parse(page).messages.map(({ item }) => item);
  }

  /** In short: `agent: Hello`, `tool: ls completed`. */
  async lines(): Promise<readonly string[]> {
    return (await this.items()).map(inShort);
  }

  /** Resolves when the last items are these. */
  async ends(...last: readonly string[]): Promise<void> {
    await eventually(async () => expect((await this.lines()).slice(-last.length)).toEqual(last));
  }

  /** Resolves when it is among them: an agent may add notices of its own. */
  async says(line: string): Promise<void> {
    await eventually(async () => expect(await this.lines()).toContain(line));
  }

  /** The newest tool call. */
  async tool(): Promise<Extract<Item, { kind: 'tool' }>> {
    const found = (await this.items()).findLast((item) => item.kind === 'tool');
    if (found === undefined) throw new Error('no tool was called');
    return found;
  }

  /** The request that waits, whole. */
  asked(): Promise<AgentRequest> {
    return eventually(async () => {
      const [card] = (await this.state()).pending;
      if (card === undefined) throw new Error('nothing is asked');
      return card.request;
    });
  }

  async askedPermission(): Promise<PermissionRequest> {
    const request = await this.asked();
    if (request.kind !== 'permission') throw new Error('it is a form');
    return request;
  }

  async answer({ permissionId, digest }: AgentRequest, answer: Answer): Promise<void> {
    await call(this.#muster, 'POST', `/api/permissions/${permissionId}`, { ...answer, digest });
  }

  /** What became of a request. */
  async resolution({ permissionId }: AgentRequest): Promise<Resolution> {
    const card = await call(this.#muster, 'GET', `/api/permissions/${permissionId}`);
    return RequestCardSchema.parse(card).resolution;
  }

  /** An agent has few places for conversations that live. */
  async [Symbol.asyncDispose](): Promise<void> {
    await call(this.#muster, 'DELETE', this.path);
  }
}

function inShort(item: Item): string {
  if (isTextItem(item)) return `${item.kind}: ${item.text}`;
  if (item.kind === 'tool') return `tool: ${item.title} ${item.status}`;
  if (item.kind === 'plan') return `plan: ${item.entries.map(({ content }) => content).join(', ')}`;
  return `other: ${item.name}`;
}

/** @throws Error when it is refused */
export async function call(muster: Muster, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${muster.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(json)}`);
  return json;
}
