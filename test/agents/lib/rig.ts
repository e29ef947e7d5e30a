import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConversationState,
  ConversationStateSchema,
  type Item,
  RequestCardSchema,
  StoredItemSchema,
} from '@muster/protocol';
import * as z from 'zod';
import { ConversationApi } from '../../harness/conversations.ts';
import { type Muster, startMuster } from '../../harness/muster.ts';
import { TAG } from '../../harness/survivors.ts';
import { until } from '../../harness/until.ts';
import { eventuallyWithin } from './eventually-within.ts';

/** A real agent starts in seconds, on a busy machine in many, ms. */
const MOST_MS = 90_000;

const PageSchema = z.object({ messages: z.array(StoredItemSchema) });
const ListSchema = z.object({
  permissions: z.array(z.object({ permissionId: z.string(), conversationId: z.string() })),
});
export type Card = z.infer<typeof RequestCardSchema>;
export type ToolItem = Extract<Item, { kind: 'tool' }>;

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A Muster with one real agent in it. Use with `await using`. */
export class RealAgent implements AsyncDisposable {
  readonly muster: Muster;
  readonly api: ConversationApi;
  /** Where the agent works, symlinks resolved. */
  readonly workspace: string;
  readonly name = 'coder';

  private constructor(muster: Muster, workspace: string) {
    this.muster = muster;
    this.api = new ConversationApi(muster);
    this.workspace = workspace;
  }

  /** `prepare`: what its program is, once there is a directory for its home. */
  static async start(prepare: (home: string) => Program): Promise<RealAgent> {
    const muster = await startMuster();
    try {
      const workspace = join(muster.directory, 'work');
      mkdirSync(workspace);
      const agent = new RealAgent(muster, realpathSync(workspace));
      await agent.#create(prepare(join(muster.directory, 'home')));
      return agent;
    } catch (error) {
      await muster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #create({ command, args, environment }: Program): Promise<void> {
    const { status, json } = await this.api.call('POST', '/api/agents', {
      name: this.name,
      kind: 'acp',
      program: { command, args },
      workspace: this.workspace,
      restart: 'on-failure',
      environment: { ...environment, [TAG]: this.muster.tag },
    });
    if (status !== 201) throw new Error(`the agent was not created: ${JSON.stringify(json)}`);
  }

  async talk(): Promise<Talk> {
    return new Talk(this.api, await this.api.create(this.name));
  }

  /** Processes whose command line has these words. */
  pids(words: string): number[] {
    return this.muster.survivors.filter(({ command }) => command.includes(words)).map(({ pid }) => pid);
  }

  /** As a crash of the host's: the agent's keeper is gone at once; resolves when nothing is left of its adapters. */
  async killKeeper(adapter: string): Promise<void> {
    const [keeper] = this.pids(' keeper ');
    if (keeper === undefined) throw new Error('the agent has no keeper');
    process.kill(keeper, 'SIGKILL');
    await until('the adapters are gone', MOST_MS, () => this.pids(adapter).length === 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.muster[Symbol.asyncDispose]();
  }
}

/** One conversation with it. */
export class Talk {
  readonly conversationId: string;
  readonly #api: ConversationApi;

  constructor(api: ConversationApi, conversationId: string) {
    this.#api = api;
    this.conversationId = conversationId;
  }

  /** Says it; the turn begins when the agent is ready. */
  async say(text: string): Promise<void> {
    const { status, json } = await this.#api.send(this.conversationId, text);
    if (status !== 202) throw new Error(`the message was refused: ${JSON.stringify(json)}`);
  }

  /** Says it, and resolves to what the conversation holds of the turn when that has ended. */
  async turn(text: string): Promise<Item[]> {
    await this.say(text);
    return this.ended(text);
  }

  /** The items of the newest turn that began with this message, once it has ended. */
  async ended(text: string): Promise<Item[]> {
    return eventuallyWithin(MOST_MS, async () => {
      const state = await this.state();
      if (state.turn?.state !== 'ended' || state.queue.length > 0)
        throw new Error(
          `it is ${state.status}: ${JSON.stringify({ ...state.facts, configOptions: [], commands: [] })} ${JSON.stringify(state.turn)} ${JSON.stringify(state.queue)}`,
        );
      const items = await this.items();
      const at = items.findLastIndex((item) => item.kind === 'user' && item.text === text);
      if (at < 0) throw new Error(`the turn of ${text} has not begun: ${state.turn.error?.message ?? ''}`);
      return items.slice(at);
    });
  }

  async state(): Promise<ConversationState> {
    const { json } = await this.#api.call('GET', `/api/conversations/${this.conversationId}`);
    return ConversationStateSchema.parse(json);
  }

  async items(): Promise<Item[]> {
    const path = `/api/conversations/${this.conversationId}/messages?raw=true`;
    const { json } = await this.#api.call('GET', path);
    return PageSchema.parse(json).messages.map(({ item }) => item);
  }

  /** The request that waits here, whole. */
  asked(): Promise<Card> {
    return eventuallyWithin(MOST_MS, async () => {
      const { json } = await this.#api.call('GET', '/api/permissions');
      const open = ListSchema.parse(json).permissions;
      const request = open.find(({ conversationId }) => conversationId === this.conversationId);
      if (request === undefined) throw new Error(`nothing is asked: ${(await this.lines()).join('; ')}`);
      return this.card(request.permissionId);
    });
  }

  async card(permissionId: string): Promise<Card> {
    const { json } = await this.#api.call('GET', `/api/permissions/${permissionId}`);
    return RequestCardSchema.parse(json);
  }

  /** `answer`: `{optionId}`, or `{action, content}`; a rejection may carry a `message`. */
  async answer({ request: { permissionId, digest } }: Card, answer: object): Promise<void> {
    const path = `/api/permissions/${permissionId}`;
    const { status, json } = await this.#api.call('POST', path, { ...answer, digest });
    if (status !== 200) throw new Error(`the answer was refused: ${JSON.stringify(json)}`);
  }

  async cancel(): Promise<void> {
    await this.#api.call('POST', `/api/conversations/${this.conversationId}/cancel`);
  }

  async until(what: string, holds: (items: Item[]) => boolean): Promise<Item[]> {
    return eventuallyWithin(MOST_MS, async () => {
      const items = await this.items();
      if (!holds(items)) throw new Error(`not yet ${what}: ${items.map(lineOf).join('; ')}`);
      return items;
    });
  }

  async lines(): Promise<string[]> {
    return (await this.items()).map(lineOf);
  }
}

/** An item in a line: `agent: Hello`, `tool: ls (completed)`. */
export function lineOf(item: Item): string {
  if ('text' in item) return `${item.kind}: ${item.text}`;
  if (item.kind === 'tool') return `tool: ${item.title} (${item.status})`;
  return item.kind === 'plan' ? 'plan' : `other: ${item.name}`;
}

export function toolOf(items: readonly Item[]): ToolItem {
  const tool = items.find((item) => item.kind === 'tool');
  if (tool === undefined) throw new Error(`no tool call: ${items.map(lineOf).join('; ')}`);
  return tool;
}
