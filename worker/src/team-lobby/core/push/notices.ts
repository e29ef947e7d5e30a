import { allows, isAgentVisible, type MemberId, type PushEvent as ProtocolEvent } from '@muster/protocol';
import { PUSH } from './limits.ts';
import { limitsOfMember, type Notice, type PushEntry, type SubscriptionRow } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { reminderWords, wordsOf } from './words.ts';

const MINUTE = 60_000;

type News = Exclude<Notice, { type: 'request-over' }>;

/** How an event is called in settings, and what its notification is. */
function kindOf(notice: News): ProtocolEvent {
  switch (notice.type) {
    case 'request-opened':
      return 'request';
    case 'turn-ended':
      return notice.turn.outcome === 'failed' ? 'failed' : 'finished';
    case 'crashed':
      return 'failed';
    case 'attention':
      return 'attention';
  }
}

/** X5, C10: whether an event concerns a member: they may see the agent, and answer what it asks; a turn was theirs. */
function concerns(work: UnitOfWork, notice: News, memberId: MemberId): boolean {
  const member = work.state.members.member(memberId);
  if (member === null || member.removedAt !== null) return false;
  if (!isAgentVisible(limitsOfMember(member), notice.agent)) return false;
  if (notice.type === 'request-opened' && !allows(member.role, 'operator')) return false;
  if (notice.type === 'turn-ended' && notice.turn.memberId !== memberId) return false;
  const { events, muted } = work.settingsOf(memberId);
  return events[kindOf(notice)] && !muted.includes(notice.agent.agentId);
}

/** C10: one push for each device of each member whom it concerns, and one reminder where they want one. */
export function queueNotice(work: UnitOfWork, notice: News): void {
  const eventId = work.context.freshId();
  const concerned = new Map<MemberId, boolean>();
  for (const device of work.state.subscriptions.values()) {
    const { memberId } = device;
    const known = concerned.get(memberId) ?? concerns(work, notice, memberId);
    concerned.set(memberId, known);
    if (!known) continue;
    const entry = entryOf(work, notice, device, eventId);
    work.queue(entry);
    const { reminder } = work.settingsOf(memberId);
    if (notice.type === 'request-opened' && reminder !== null)
      work.queue(reminderOf(entry, notice, reminder * MINUTE));
  }
}

function entryOf(work: UnitOfWork, notice: News, device: SubscriptionRow, eventId: string): PushEntry {
  const { agent } = notice;
  const kind = kindOf(notice);
  const request = notice.type === 'request-opened' ? { permissionId: notice.head.permissionId } : {};
  return {
    id: `${eventId}:${device.subscriptionId}`,
    dueAt: work.now,
    until: work.now + PUSH.life,
    tries: 0,
    body: {
      ...{ eventId, event: kind, kind, memberId: device.memberId, subscriptionId: device.subscriptionId },
      ...{ agentId: agent.agentId, agentUid: agent.agentUid, ...request },
      ...wordsOf(notice),
      at: work.now,
      told: false,
    },
  };
}

function reminderOf(
  entry: PushEntry,
  notice: Extract<Notice, { type: 'request-opened' }>,
  wait: number,
): PushEntry {
  const dueAt = entry.dueAt + wait;
  return {
    ...entry,
    id: `${entry.id}:again`,
    dueAt,
    until: dueAt + PUSH.life,
    body: {
      ...entry.body,
      ...reminderWords(notice),
      eventId: `${entry.body.eventId}:again`,
      kind: 'reminder',
      at: dueAt,
    },
  };
}

/** C10: what waits of a request that is over is not sent, and what was shown of it says how it ended. */
export function closeRequest(work: UnitOfWork, notice: Extract<Notice, { type: 'request-over' }>): void {
  const { permissionId } = notice.head;
  for (const { id, body } of [...work.state.outbox.entries.values()])
    if (body.permissionId === permissionId && body.kind !== 'answered') work.dropEntry(id);
  const shown = work.state.shown.get(permissionId);
  if (shown === undefined) return;
  work.dropShown(permissionId);
  const eventId = work.context.freshId();
  for (const subscriptionId of shown.subscriptionIds) {
    const device = work.state.subscriptions.get(subscriptionId);
    if (device !== undefined) work.queue(answeredEntry(work, notice, device, eventId));
  }
}

function answeredEntry(
  work: UnitOfWork,
  notice: Extract<Notice, { type: 'request-over' }>,
  { subscriptionId, memberId }: SubscriptionRow,
  eventId: string,
): PushEntry {
  const { agentId, agentUid } = notice.agent;
  const { permissionId } = notice.head;
  return {
    id: `${eventId}:${subscriptionId}`,
    dueAt: work.now,
    until: work.now + PUSH.life,
    tries: 0,
    body: {
      ...{ eventId, event: 'request', kind: 'answered', memberId, subscriptionId },
      ...{ agentId, agentUid, permissionId, ...wordsOf(notice), at: work.now, told: true },
    },
  };
}
