import { PUSH_LIMITS, wireError } from '@muster/protocol';
import { completeEntry, newDraft } from '../../../audit/entry.ts';
import { PUSH } from './limits.ts';
import type { PushCaller, PushEvent, SubscriptionRow } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { TEST_WORDS } from './words.ts';

type Ask<T extends PushEvent['type']> = Extract<PushEvent, { type: T }>;

const NO_DEVICE = wireError('NOT_FOUND', 'There is no such device among yours');
const TOO_MANY = wireError(
  'RESOURCE_EXHAUSTED',
  `A person has at most ${PUSH_LIMITS.devices} devices that are notified. Remove one of yours.`,
);

function audit(
  work: UnitOfWork,
  { member, address }: PushCaller,
  action: string,
  row: SubscriptionRow,
): void {
  const details = JSON.stringify({ device: row.device, service: new URL(row.endpoint).host });
  const draft = newDraft({ ...member, address }, { action, target: row.subscriptionId, details });
  work.audit(completeEntry(draft, undefined, work.now));
}

/** C10: idempotent by its address. A browser that another member used before is now this one's. */
export function subscribe(work: UnitOfWork, { by, input, device, origin }: Ask<'subscribe'>): void {
  const { endpoint, keys } = input;
  const known = [...work.state.subscriptions.values()].find((row) => row.endpoint === endpoint);
  const own = known?.memberId === by.member.id ? known : undefined;
  if (own === undefined && work.devicesOf(by.member.id).length >= PUSH_LIMITS.devices)
    return work.answer({ type: 'refused', error: TOO_MANY });
  if (known !== undefined && own === undefined) work.dropSubscription(known.subscriptionId);
  const row: SubscriptionRow = {
    subscriptionId: own?.subscriptionId ?? work.context.freshId(),
    memberId: by.member.id,
    sid: by.sid,
    ...{ endpoint, p256dh: keys.p256dh, auth: keys.auth, device, origin },
    createdAt: own?.createdAt ?? work.now,
    lastOutcome: own?.lastOutcome ?? null,
  };
  // Pages register again whenever they load.
  if (own === undefined || JSON.stringify(own) !== JSON.stringify(row)) work.putSubscription(row);
  if (own === undefined) audit(work, by, 'push:subscribe', row);
  work.answer({ type: 'subscribed', subscription: row });
}

export function unsubscribe(work: UnitOfWork, { by, which }: Ask<'unsubscribe'>): void {
  const own = work.devicesOf(by.member.id);
  const row = own.find(({ subscriptionId, endpoint }) => which === subscriptionId || which === endpoint);
  if (row === undefined) return work.answer({ type: 'refused', error: NO_DEVICE });
  work.dropSubscription(row.subscriptionId);
  audit(work, by, 'push:unsubscribe', row);
  work.answer({ type: 'done', count: 1 });
}

export function set(work: UnitOfWork, { by, settings }: Ask<'set'>): void {
  work.putSettings(by.member.id, settings);
  work.answer({ type: 'done', count: 1 });
}

/** C10: to all devices of the caller, whatever their settings say. */
export function test(work: UnitOfWork, { by }: Ask<'test'>): void {
  const eventId = work.context.freshId();
  const own = work.devicesOf(by.member.id);
  for (const { subscriptionId, memberId } of own)
    work.queue({
      // One for each device, however often it is asked for.
      id: `test:${subscriptionId}`,
      dueAt: work.now + PUSH.testDelay,
      until: work.now + PUSH.testLife,
      tries: 0,
      body: {
        ...{ eventId, event: 'test', kind: 'test', memberId, subscriptionId },
        ...{ ...TEST_WORDS, at: work.now, told: true },
      },
    });
  work.answer({ type: 'done', count: own.length });
}

/** X3: a device is notified as long as nobody ends its sign-in. */
export function signOut(work: UnitOfWork, { memberId, sid, gone }: Ask<'signed-out'>): void {
  for (const row of [...work.state.subscriptions.values()])
    if (sid === null ? row.memberId === memberId : row.sid === sid) work.dropSubscription(row.subscriptionId);
  if (gone && memberId !== null) work.dropSettings(memberId);
}
