import { type AgentUid, backoff } from '@muster/protocol';
import { EMPTY_BACKLOG, type PendingPush, type RightsOutbox, type RightsSentEvent } from './state.ts';
import type { RightsChange } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const PUSH = {
  /** Rooms that are called at the same time. */
  atOnce: 64,
  /** How long a call to a room may take before the alarm checks again, ms. */
  timeout: 5_000,
} as const;

/** H2: when rooms are to be called, ms since 1970; null: every room has confirmed. */
export function outboxDeadline(outbox: RightsOutbox): number | null {
  const full = callsUnderWay(outbox) >= PUSH.atOnce;
  // Rooms that wait for a place are called when another call ends.
  const awaited = [...outbox.backlogs.values()].filter(({ busy }) => busy || !full);
  return awaited.length === 0 ? null : Math.min(...awaited.map(({ nextAt }) => nextAt));
}

const callsUnderWay = ({ backlogs }: RightsOutbox): number =>
  [...backlogs.values()].filter(({ busy }) => busy).length;

/** The subject of a change: a newer change about the same subject replaces it. */
const subjectOf = ({ who }: RightsChange): string => JSON.stringify(who);

/** `changes`: by room, the most urgent room first. */
export function queueRights(work: UnitOfWork, changes: ReadonlyMap<AgentUid, readonly RightsChange[]>): void {
  const { outbox } = work.state;
  for (const [room, own] of changes) {
    const { busy, pending } = outbox.backlogs.get(room) ?? EMPTY_BACKLOG;
    const about = new Set(own.map(subjectOf));
    for (const { number, change } of pending) if (about.has(subjectOf(change))) work.dropPush(number);
    const rest = pending.filter(({ change }) => !about.has(subjectOf(change)));
    const added = own.map((change) => {
      outbox.lastNumber += 1;
      return { number: outbox.lastNumber, room, change };
    });
    for (const push of added) work.putPush(push);
    // A room with a call under way gets the new change when that call ends.
    const nextAt = busy ? work.now + PUSH.timeout : work.now;
    outbox.backlogs.set(room, { pending: [...rest, ...added], tries: 0, nextAt, busy });
  }
}

/** Calls the rooms whose time has come. */
export function sendDueRights(work: UnitOfWork): void {
  const { outbox } = work.state;
  let calls = callsUnderWay(outbox);
  for (const [room, backlog] of outbox.backlogs) {
    if (backlog.nextAt > work.now) continue;
    if (!backlog.busy && calls >= PUSH.atOnce) continue;
    outbox.backlogs.set(room, { ...backlog, nextAt: work.now + PUSH.timeout, busy: true });
    if (backlog.busy) continue;
    calls += 1;
    work.send({ type: 'send-rights', room, pushes: backlog.pending });
  }
}

/** A room has answered, or could not be reached. */
export function handleRightsSent(work: UnitOfWork, { room, numbers, ok }: RightsSentEvent): void {
  const { backlogs } = work.state.outbox;
  const { pending, tries } = backlogs.get(room) ?? EMPTY_BACKLOG;
  if (!ok) {
    const nextAt = work.now + backoff(tries + 1);
    backlogs.set(room, { pending, tries: tries + 1, nextAt, busy: false });
    return;
  }
  const isConfirmed = ({ number }: PendingPush) => numbers.includes(number);
  for (const { number } of pending.filter(isConfirmed)) work.dropPush(number);
  const rest = pending.filter((push) => !isConfirmed(push));
  if (rest.length === 0) backlogs.delete(room);
  else backlogs.set(room, { ...EMPTY_BACKLOG, pending: rest, nextAt: work.now });
}
