import {
  type AuditEntry,
  DEFAULT_PUSH_SETTINGS,
  type MemberId,
  PUSH_LIMITS,
  type PushAction,
  type PushPayload,
  type PushSettings,
  type PushSubscriptionSummary,
  type ServerMessage,
  type TeamId,
} from '@muster/protocol';
import { signingKey, signToken } from '../../auth/tokens.ts';
import type { Env } from '../../env.ts';
import { type PushAnswer as ServiceAnswer, sendPush } from '../../push/send.ts';
import { contactOf, newVapidKey, openVapidKey, vapidAuthorization } from '../../push/vapid.ts';
import type { PushAsk } from '../../rpc.ts';
import {
  type Delivery,
  handle,
  type Looker,
  nextDeadline,
  openPushes,
  type PushAnswer,
  type PushEffect,
  type PushEvent,
  type PushState,
  type PushStore,
  type SubscriptionRow,
} from '../core/push/index.ts';
import type { ConnectionId } from '../core/types.ts';

export interface PushPorts extends Pick<PushState, 'lobby' | 'members'> {
  readonly team: TeamId;
  readonly env: Pick<Env, 'MUSTER_KEY'>;
  readonly store: PushStore;
  readonly lookers: (now: number) => readonly Looker[];
  readonly spend: (code: string, until: number, now: number) => boolean;
  readonly send: (to: ConnectionId, message: ServerMessage, now: number) => void;
  readonly audit: (entry: AuditEntry, now: number) => void;
  /** Keeps the object there while a call is under way. */
  readonly keepAlive: (work: Promise<void>) => void;
  /** `nextDeadline` may have changed. */
  readonly onDeadlineChange: () => void;
  /** Resets the object when the work fails, since its memory would be ahead of the disk. */
  readonly orAbort: <T>(what: string, work: () => T) => T;
}

/** C10: the shell of the push core: reads the clock, makes ids, calls push services. */
export class PushService {
  readonly #ports: PushPorts;
  readonly #state: PushState;

  constructor(ports: PushPorts) {
    this.#ports = ports;
    const { team, lobby, members, store } = ports;
    this.#state = openPushes({ team, lobby, members }, store.load());
  }

  /** H2: when to call `handle` with `due`, ms since 1970; null: nothing waits. */
  get nextDeadline(): number | null {
    return nextDeadline(this.#state);
  }

  handle(event: PushEvent): readonly PushEffect[] {
    const now = Date.now();
    const { orAbort, lookers, spend, onDeadlineChange } = this.#ports;
    return orAbort(event.type, () => {
      const effects = handle(this.#state, event, {
        now,
        freshId: () => crypto.randomUUID(),
        lookers: () => lookers(now),
        spend: (code, until) => spend(code, until, now),
      });
      for (const effect of effects) this.#perform(effect, now);
      onDeadlineChange();
      return effects;
    });
  }

  ask(ask: PushAsk): PushAnswer {
    const answer = this.handle(ask).find((effect) => effect.type === 'answer');
    if (answer === undefined) throw new Error(`${ask.type} has no answer`);
    return answer.answer;
  }

  of(memberId: MemberId): {
    readonly subscriptions: readonly PushSubscriptionSummary[];
    readonly settings: PushSettings;
  } {
    const own = [...this.#state.subscriptions.values()].filter((row) => row.memberId === memberId);
    const { settings } = this.#state;
    return { subscriptions: own.map(summaryOf), settings: settings.get(memberId) ?? DEFAULT_PUSH_SETTINGS };
  }

  async publicKey(): Promise<string> {
    return (await this.#key()).publicKey;
  }

  async #key() {
    const { store, env, team } = this.#ports;
    const known = store.key();
    if (known !== null) return known;
    const made = await newVapidKey(signingKey(env.MUSTER_KEY), team);
    // Another call may have made one meanwhile.
    const other = store.key();
    if (other !== null) return other;
    store.setKey(made);
    return made;
  }

  #perform(effect: PushEffect, now: number): void {
    switch (effect.type) {
      case 'commit':
        return this.#ports.store.commit(effect.commit);
      case 'audit':
        return this.#ports.audit(effect.entry, now);
      case 'send':
        return this.#ports.send(effect.to, effect.message, now);
      case 'deliver':
        return this.#ports.keepAlive(this.#deliver(effect.delivery));
      case 'answer':
        return;
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const result = await this.#call(delivery).catch((): ServiceAnswer => ({ status: null }));
    this.handle({ type: 'tried', id: delivery.id, result });
  }

  async #call(delivery: Delivery): Promise<ServiceAnswer> {
    const { env, team } = this.#ports;
    const { subscription, payload, ttl, urgency } = delivery;
    const { endpoint, p256dh, auth, origin } = subscription;
    const now = Date.now();
    const key = await this.#key();
    const privateKey = await openVapidKey(key, signingKey(env.MUSTER_KEY), team);
    const vapid = { publicKey: key.publicKey, privateKey };
    const authorization = await vapidAuthorization(endpoint, contactOf(origin), vapid, now);
    const text = textOf({ ...payload, actions: await this.#actions(delivery, now) });
    const keys = { p256dh, auth };
    return sendPush({ endpoint, keys, text, ttl, urgency, tag: payload.tag, authorization }, now);
  }

  /** Each button's token acts once, for its member, on what they were shown. */
  #actions({ request, actions, subscription }: Delivery, now: number): Promise<PushAction[]> {
    const { env, team } = this.#ports;
    const key = signingKey(env.MUSTER_KEY);
    if (request === null) return Promise.resolve([]);
    const { memberId: sub, subscriptionId: device } = subscription;
    const { permissionId: permission, digest } = request;
    return Promise.all(
      actions.map(async ({ optionId, title }) => {
        const body = { sub, team, device, permission, digest, option: optionId };
        const { token } = await signToken(key, 'push', body, now);
        return { action: optionId, title, token };
      }),
    );
  }
}

const encoder = new TextEncoder();

/** Without its buttons where it would be too long: then it is answered in the dashboard. */
function textOf(payload: PushPayload): string {
  const text = JSON.stringify(payload);
  const fits = encoder.encode(text).length <= PUSH_LIMITS.payloadBytes;
  return fits ? text : JSON.stringify({ ...payload, actions: [] });
}

export const summaryOf = (row: SubscriptionRow): PushSubscriptionSummary => {
  const { subscriptionId, device, endpoint, createdAt, lastOutcome } = row;
  return { subscriptionId, device, endpoint, service: new URL(endpoint).host, createdAt, lastOutcome };
};
