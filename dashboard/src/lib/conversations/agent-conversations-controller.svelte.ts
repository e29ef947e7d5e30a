import type { ConnectionState, MusterClient } from '@muster/client';
import { AgentConversations as Conversations } from '@muster/client/conversations';
import { type ConversationSummary, err, ok, type Result, type WireError } from '@muster/protocol';
import { failureOf } from '../agents/failure.ts';
import { ConversationController } from './conversation-controller.svelte.ts';
import type { AgentConversations } from './types.ts';

/** The conversations of an agent, on one socket for the list and for those that are open. Close it with the page. */
export const conversationsOf = (
  client: Pick<MusterClient, 'open' | 'request'>,
  agentId: string,
): AgentConversations => new AgentConversationsController(client, agentId);

class AgentConversationsController implements AgentConversations {
  readonly agentId: string;
  list = $state.raw<readonly ConversationSummary[] | null>(null);
  connection = $state.raw<ConnectionState>({ name: 'connecting' });
  gone = $state.raw<WireError | null>(null);
  readonly #client: Pick<MusterClient, 'open' | 'request'>;
  readonly #conversations: Conversations;
  readonly #open = new Map<string, ConversationController>();

  constructor(client: Pick<MusterClient, 'open' | 'request'>, agentId: string) {
    this.agentId = agentId;
    this.#client = client;
    this.#conversations = new Conversations({ client, agentId });
    this.connection = this.#conversations.connection;
    this.#conversations.on('list', (list) => {
      this.list = list;
    });
    this.#conversations.on('connection', (state) => {
      this.connection = state;
    });
    this.#conversations.on('gone', (error) => {
      this.gone = error;
    });
  }

  async create(
    options: { readonly title?: string; readonly resume?: string } = {},
  ): Promise<Result<string, WireError>> {
    try {
      return ok(await this.#conversations.create(options));
    } catch (reason) {
      return err(failureOf(reason));
    }
  }

  open(conversationId: string): ConversationController {
    const held = this.#open.get(conversationId);
    if (held !== undefined) return held;
    const controller = new ConversationController({
      client: this.#client,
      agentId: this.agentId,
      conversation: this.#conversations.open(conversationId),
      connection: () => this.connection,
      closed: () => this.#open.delete(conversationId),
    });
    this.#open.set(conversationId, controller);
    return controller;
  }

  close(): void {
    for (const controller of [...this.#open.values()]) controller.close();
    this.#conversations.close();
  }
}
