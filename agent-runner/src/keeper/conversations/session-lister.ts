import { type ConversationId, conversationIdOf, type HostQuery } from '@muster/protocol';
import { LiveConversation, type LiveDeps } from './live-conversation.ts';

type SessionsQuery = Extract<HostQuery, { type: 'sessions' }>;

/** How long an adapter that was started for a list waits for the next question, ms. */
const REST_MS = 60_000;

/**
 * C11: asks an adapter for the agent's sessions: one that is ready, else one that is started for that alone, of a
 * conversation of which nobody is told.
 */
export class SessionLister {
  readonly #deps: LiveDeps;
  readonly #ready: () => LiveConversation | undefined;
  #own: LiveConversation | null = null;
  #rest: NodeJS.Timeout | undefined;

  constructor(deps: LiveDeps, ready: () => LiveConversation | undefined) {
    this.#ready = ready;
    this.#deps = {
      ...deps,
      emit: () => {},
      update: () => {},
      sessionsListed: (queryId, answer) => {
        deps.sessionsListed(queryId, answer);
        this.#restLater();
      },
    };
  }

  /** The adapter that was started for it, where there is one. */
  get own(): LiveConversation | null {
    return this.#own;
  }

  list(queryId: string, { cursor }: SessionsQuery): void {
    const page = cursor === undefined ? {} : { cursor };
    clearTimeout(this.#rest);
    (this.#ready() ?? this.#begin()).feed({ type: 'list-sessions', queryId, ...page });
  }

  #begin(): LiveConversation {
    this.#own ??= new LiveConversation(this.#idOf(), this.#deps);
    return this.#own;
  }

  #idOf(): ConversationId {
    return conversationIdOf(this.#deps.spec().agentId, 'sessions');
  }

  #restLater(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#own?.feed({ type: 'rest' }), REST_MS);
    this.#rest.unref();
  }
}
