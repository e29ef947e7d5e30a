import type { AuditEntry, MemberId, PushOutcome, PushSettings } from '@muster/protocol';
import { DEFAULT_PUSH_SETTINGS } from '@muster/protocol';
import { queueEntry, takeBack } from '../outbox/index.ts';
import type {
  PushAnswer,
  PushCommit,
  PushContext,
  PushEffect,
  PushEntry,
  PushState,
  ShownRow,
  SubscriptionRow,
} from './types.ts';

/** One event being handled: changes the state, and gathers what the store is to write. */
export class UnitOfWork {
  readonly state: PushState;
  readonly context: PushContext;
  /** In order, after the commit. */
  readonly #effects: PushEffect[] = [];
  /** Null: dropped. */
  readonly #subscriptions = new Map<string, SubscriptionRow | null>();
  readonly #settings = new Map<MemberId, PushSettings | null>();
  readonly #shown = new Map<string, ShownRow | null>();
  readonly #entries = new Map<string, PushEntry | null>();

  constructor(state: PushState, context: PushContext) {
    this.state = state;
    this.context = context;
  }

  get now(): number {
    return this.context.now;
  }

  effect(effect: Exclude<PushEffect, { type: 'commit' }>): void {
    this.#effects.push(effect);
  }

  answer(answer: PushAnswer): void {
    this.effect({ type: 'answer', answer });
  }

  audit(entry: AuditEntry): void {
    this.effect({ type: 'audit', entry });
  }

  devicesOf(memberId: MemberId): SubscriptionRow[] {
    return [...this.state.subscriptions.values()].filter((row) => row.memberId === memberId);
  }

  settingsOf(memberId: MemberId): PushSettings {
    return this.state.settings.get(memberId) ?? DEFAULT_PUSH_SETTINGS;
  }

  putSubscription(row: SubscriptionRow): void {
    this.state.subscriptions.set(row.subscriptionId, row);
    this.#subscriptions.set(row.subscriptionId, row);
  }

  /** What waits for the device goes with it. */
  dropSubscription(subscriptionId: string): void {
    if (!this.state.subscriptions.delete(subscriptionId)) return;
    this.#subscriptions.set(subscriptionId, null);
    for (const { id, body } of [...this.state.outbox.entries.values()])
      if (body.subscriptionId === subscriptionId) this.dropEntry(id);
  }

  putSettings(memberId: MemberId, settings: PushSettings): void {
    this.state.settings.set(memberId, settings);
    this.#settings.set(memberId, settings);
  }

  dropSettings(memberId: MemberId): void {
    if (this.state.settings.delete(memberId)) this.#settings.set(memberId, null);
  }

  putShown(row: ShownRow): void {
    this.state.shown.set(row.permissionId, row);
    this.#shown.set(row.permissionId, row);
  }

  dropShown(permissionId: string): void {
    if (this.state.shown.delete(permissionId)) this.#shown.set(permissionId, null);
  }

  queue(entry: PushEntry): void {
    const gone = queueEntry(this.state.outbox, entry);
    this.#entries.set(entry.id, entry);
    if (gone === null) return;
    this.#entries.set(gone.id, null);
    this.record(gone, { outcome: 'failed', reason: 'Too many pushes wait' });
  }

  /** Of an entry whose state changed in the outbox itself. */
  storeEntry(entry: PushEntry): void {
    this.#entries.set(entry.id, entry);
  }

  /** One that is under way is answered by its try, and finds nothing more to do then. */
  dropEntry(id: string): void {
    if (takeBack(this.state.outbox, id)) this.forgetEntry(id);
  }

  /** The outbox has it no more. */
  forgetEntry(id: string): void {
    this.#entries.set(id, null);
  }

  /** C10: what became of a push, as its owner sees it. */
  record({ body }: PushEntry, outcome: Omit<PushOutcome, 'at' | 'event'>): void {
    const row = this.state.subscriptions.get(body.subscriptionId);
    if (row === undefined) return;
    this.putSubscription({ ...row, lastOutcome: { at: this.now, event: body.event, ...outcome } });
  }

  effects(): PushEffect[] {
    const commit = this.#commit();
    const isEmpty = Object.values(commit).every((rows: readonly unknown[]) => rows.length === 0);
    return [...(isEmpty ? [] : [{ type: 'commit' as const, commit }]), ...this.#effects];
  }

  #commit(): PushCommit {
    const settings = [...this.#settings].flatMap(([memberId, kept]) =>
      kept === null ? [] : [{ memberId, settings: kept }],
    );
    return {
      subscriptions: kept(this.#subscriptions),
      dropSubscriptions: dropped(this.#subscriptions),
      settings,
      dropSettings: dropped(this.#settings),
      shown: kept(this.#shown),
      dropShown: dropped(this.#shown),
      entries: kept(this.#entries),
      dropEntries: dropped(this.#entries),
    };
  }
}

const kept = <K, R>(changes: ReadonlyMap<K, R | null>): R[] =>
  [...changes.values()].filter((row) => row !== null);
const dropped = <K, R>(changes: ReadonlyMap<K, R | null>): K[] =>
  [...changes].flatMap(([key, row]) => (row === null ? [key] : []));
