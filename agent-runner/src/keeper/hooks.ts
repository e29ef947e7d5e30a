import { createHash, randomUUID } from 'node:crypto';
import {
  type AgentSpec,
  ConversationEventSchema,
  type Decision,
  type PermissionId,
  permissionIdOf,
  type StreamEvent,
} from '@muster/protocol';
import type { HookReply } from '../hook/messages.ts';
import { programEnvironment } from '../program/environment.ts';
import type { Signal } from '../screen/signal.ts';
import type { KeeperDeps } from './deps.ts';
import type { HookBook, HookEffect, HookEvent } from './hooks/hook-book.ts';

export interface HookPorts {
  readonly spec: () => AgentSpec;
  readonly isReachable: () => boolean;
  readonly emit: (event: StreamEvent) => void;
  readonly signal: (signal: Signal) => void;
}
export interface HookReplies {
  reply(connection: number, reply: HookReply, last: boolean): void;
}

/** C13b: what the hooks of an agent's programs ask. Its code is loaded with the first of them (F11). */
export class Hooks {
  readonly #deps: Pick<KeeperDeps, 'owner' | 'now' | 'log'>;
  readonly #ports: HookPorts;
  #replies: HookReplies | null = null;
  #book: HookBook | null = null;
  #mask: ((spec: AgentSpec) => (text: string) => string) | null = null;
  #loading: Promise<void> | null = null;

  constructor(deps: Pick<KeeperDeps, 'owner' | 'now' | 'log'>, ports: HookPorts) {
    this.#deps = deps;
    this.#ports = ports;
  }

  get openRequests(): readonly PermissionId[] {
    return this.#book?.openRequests ?? [];
  }

  /** Of a connection's events in the order they come. */
  handle(event: HookEvent, replies: HookReplies): void {
    this.#replies = replies;
    if (this.#book !== null) this.#feed(event);
    else void this.#load().then(() => this.#feed(event));
  }

  /** Also of one that nothing is known of: its keeper before this one is gone, and with it what asked. */
  decide(permissionId: PermissionId, decision: Decision): void {
    if (this.#book !== null) this.#feed({ type: 'decide', permissionId, decision });
    else void this.#load().then(() => this.#feed({ type: 'decide', permissionId, decision }));
  }

  #load(): Promise<void> {
    this.#loading ??= this.#open();
    return this.#loading;
  }

  async #open(): Promise<void> {
    const { HookBook: Loaded } = await import('./hooks/hook-book.ts');
    const { maskerOf } = await import('../acp/masker.ts');
    this.#mask = (spec) => {
      const environment = programEnvironment(this.#deps.owner().variables, spec.environment, spec.kind);
      return maskerOf(spec, environment).whole;
    };
    this.#book = new Loaded();
  }

  #feed(event: HookEvent): void {
    const spec = this.#ports.spec();
    const effects = this.#book?.handle(event, {
      now: this.#deps.now(),
      permissionId: permissionIdOf(spec.agentId, randomUUID()),
      digest: (text) => createHash('sha256').update(text).digest('hex'),
      mask: event.type === 'told' ? (this.#mask?.(spec) ?? unchanged) : unchanged,
      isReachable: this.#ports.isReachable(),
    });
    for (const effect of effects ?? []) this.#perform(effect);
  }

  #perform(effect: HookEffect): void {
    switch (effect.type) {
      case 'event': {
        // What the room could not read would refuse its whole batch, so it is never sent.
        const parsed = ConversationEventSchema.safeParse(effect.event);
        if (parsed.success) return this.#ports.emit(effect.event);
        return this.#deps.log.error({ issues: parsed.error.issues }, 'an event broke the protocol');
      }
      case 'signal':
        return this.#ports.signal(effect.signal);
      case 'reply':
        return this.#replies?.reply(effect.connection, effect.reply, effect.last);
    }
  }
}

const unchanged = (text: string) => text;
