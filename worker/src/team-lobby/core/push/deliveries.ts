import { allows, isAgentVisible, PUSH_LIMITS, type PushOutcome, type RequestHead } from '@muster/protocol';
import type { MemberRow } from '../identity/types.ts';
import { pendingRequests } from '../inbox/index.ts';
import { completeTry, takeDue } from '../outbox/index.ts';
import { actionsOf } from './actions.ts';
import { isQuiet } from './quiet-hours.ts';
import {
  type Delivery,
  limitsOfMember,
  type PushEntry,
  type PushJob,
  type PushTry,
  type SubscriptionRow,
} from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const DAY = 86_400_000;

/** Sends what is due: first to the pages that look at its agent, and to the device where none of them answers. */
export function runDue(work: UnitOfWork): void {
  const told = new Set<string>();
  for (;;) {
    const { due, over } = takeDue(work.state.outbox, work.now);
    for (const entry of over) {
      work.forgetEntry(entry.id);
      work.record(entry, { outcome: 'failed', reason: 'The push service could not be reached in time' });
    }
    // What is withheld leaves its place to others.
    if (due.length === 0) return;
    for (const entry of due) deliver(work, entry, told);
  }
}

/** The head of a job's request; null: it has none, or that waits no longer. */
function headOf(work: UnitOfWork, { agentUid, permissionId }: PushJob): RequestHead | null {
  if (agentUid === undefined || permissionId === undefined) return null;
  const own = work.state.lobby.requests.get(agentUid)?.requests ?? [];
  return own.find(({ head }) => head.permissionId === permissionId)?.head ?? null;
}

/** X5: whether the member may still see it: rights may have changed since it was queued. */
function isStillTheirs({ state }: UnitOfWork, { agentUid, kind }: PushJob, member: MemberRow): boolean {
  if (member.removedAt !== null) return false;
  if (agentUid === undefined) return true;
  const row = state.lobby.agents.get(agentUid);
  // What was shown of a request is replaced, also when its agent is gone.
  if (row === undefined) return kind === 'answered';
  if (!isAgentVisible(limitsOfMember(member), row.spec)) return kind === 'answered';
  return kind !== 'request' && kind !== 'reminder' ? true : allows(member.role, 'operator');
}

function deliver(work: UnitOfWork, entry: PushEntry, told: Set<string>): void {
  const { body } = entry;
  const subscription = work.state.subscriptions.get(body.subscriptionId);
  const member = work.state.members.member(body.memberId);
  const head = headOf(work, body);
  const asks = body.kind === 'request' || body.kind === 'reminder';
  if (subscription === undefined || member === null || (asks && head === null)) return forget(work, entry);
  if (!isStillTheirs(work, body, member)) return forget(work, entry);
  const { quietHours } = work.settingsOf(body.memberId);
  const isOptional = body.kind !== 'test' && body.kind !== 'answered';
  if (isOptional && isQuiet(quietHours, work.now))
    return forget(work, entry, { outcome: 'withheld', reason: 'Your quiet hours' });
  if (isOptional && !body.told && tellPages(work, entry, told)) return;
  work.effect({ type: 'deliver', delivery: deliveryOf(work, entry, subscription, member, head) });
}

function forget(work: UnitOfWork, entry: PushEntry, outcome?: Omit<PushOutcome, 'at' | 'event'>): void {
  completeTry(work.state.outbox, entry.id, { type: 'done' }, work.now);
  work.forgetEntry(entry.id);
  if (outcome !== undefined) work.record(entry, outcome);
}

/** C10: the pages of this member that look at its agent have 5 s to say that it is seen. False: there are none. */
function tellPages(work: UnitOfWork, entry: PushEntry, told: Set<string>): boolean {
  const { agentId, eventId, memberId, event } = entry.body;
  if (agentId === undefined || event === 'test') return false;
  const pages = work.context
    .lookers()
    .filter((page) => page.memberId === memberId && page.agentId === agentId);
  if (pages.length === 0) return false;
  const next = {
    ...entry,
    dueAt: work.now + PUSH_LIMITS.acknowledge,
    body: { ...entry.body, told: true },
  };
  completeTry(work.state.outbox, entry.id, { type: 'done' }, work.now);
  work.queue(next);
  const key = JSON.stringify([eventId, memberId]);
  if (told.has(key)) return true;
  told.add(key);
  const message = {
    type: 'attention:event' as const,
    payload: { eventId, agentId, event, at: entry.body.at },
  };
  for (const { connection } of pages) work.effect({ type: 'send', to: connection, message });
  return true;
}

function deliveryOf(
  work: UnitOfWork,
  { id, body }: PushEntry,
  subscription: SubscriptionRow,
  member: MemberRow,
  head: RequestHead | null,
): Delivery {
  const { kind, title, body: text, tag, url, agentId, permissionId, at } = body;
  const mayAnswer = allows(member.role, 'operator');
  const badge = mayAnswer ? pendingRequests(work.state.lobby, limitsOfMember(member)).length : 0;
  const asks = kind === 'request' || kind === 'reminder';
  return {
    id,
    subscription,
    payload: {
      ...{ kind, title, body: text, tag, url, at, badge },
      ...(agentId === undefined ? {} : { agentId }),
      ...(permissionId === undefined ? {} : { permissionId }),
    },
    request: asks ? head : null,
    actions: asks && head !== null ? actionsOf(head) : [],
    ttl: kind === 'test' ? PUSH_LIMITS.actionLifetime : DAY,
    urgency: kind === 'finished' || kind === 'answered' ? 'normal' : 'high',
  };
}

/** RFC 8030: what a push service's answer means. */
function outcomeOf(status: number | null): PushOutcome['outcome'] | 'again' {
  if (status === null || status === 429 || status >= 500) return 'again';
  if (status >= 200 && status < 300) return 'sent';
  return status === 404 || status === 410 ? 'removed' : 'failed';
}

/** A call to a push service has ended. */
export function handleTried(work: UnitOfWork, id: string, { status, retryAfter }: PushTry): void {
  const outcome = outcomeOf(status);
  const again = { type: 'retry', ...(retryAfter === undefined ? {} : { after: retryAfter }) } as const;
  const settled = completeTry(
    work.state.outbox,
    id,
    outcome === 'again' ? again : { type: 'done' },
    work.now,
  );
  if (settled === null) return;
  const { entry } = settled;
  if (settled.type === 'retried') return work.storeEntry(entry);
  work.forgetEntry(id);
  const known = status === null ? {} : { status };
  if (outcome === 'removed') return work.dropSubscription(entry.body.subscriptionId);
  if (outcome === 'again' || outcome === 'failed')
    return work.record(entry, { outcome: 'failed', ...known, reason: whyFailed(status) });
  work.record(entry, { outcome: 'sent', ...known });
  if (entry.body.kind === 'request' || entry.body.kind === 'reminder') keepShown(work, entry);
}

const whyFailed = (status: number | null): string =>
  status === null ? 'The push service did not answer' : `The push service answered ${status}`;

/** Its notification is there until somebody answers; where that happened meanwhile, it is replaced at once. */
function keepShown(work: UnitOfWork, { body }: PushEntry): void {
  const { permissionId, agentUid, subscriptionId } = body;
  if (permissionId === undefined || agentUid === undefined) return;
  if (headOf(work, body) === null) return replaceAtOnce(work, body);
  const devices = work.state.shown.get(permissionId)?.subscriptionIds ?? [];
  if (devices.includes(subscriptionId)) return;
  work.putShown({ permissionId, agentUid, subscriptionIds: [...devices, subscriptionId] });
}

function replaceAtOnce(work: UnitOfWork, body: PushJob): void {
  const eventId = work.context.freshId();
  work.queue({
    ...{ id: `${eventId}:${body.subscriptionId}`, dueAt: work.now, until: work.now + DAY, tries: 0 },
    body: { ...body, eventId, kind: 'answered', body: 'It waits no longer', at: work.now, told: true },
  });
}

/** C10: a page that looks at the agent showed the event, so that its member needs no push of it. */
export function handleSeen(work: UnitOfWork, connection: string, eventId: string): void {
  const pages = work.context.lookers().filter((page) => page.connection === connection);
  for (const entry of [...work.state.outbox.entries.values()]) {
    const { body, id } = entry;
    const isTheirs = pages.some((page) => page.memberId === body.memberId && page.agentId === body.agentId);
    if (!isTheirs || body.eventId !== eventId || !body.told || body.kind === 'answered') continue;
    if (work.state.outbox.underWay.has(id)) continue;
    work.dropEntry(id);
    work.record(entry, { outcome: 'withheld', reason: 'You were looking at the agent' });
  }
}
