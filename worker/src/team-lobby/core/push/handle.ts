import { outboxDeadline } from '../outbox/index.ts';
import { act } from './act.ts';
import { handleSeen, handleTried, runDue } from './deliveries.ts';
import { closeRequest, queueNotice } from './notices.ts';
import { set, signOut, subscribe, test, unsubscribe } from './subscriptions.ts';
import type { PushContext, PushEffect, PushEvent, PushState } from './types.ts';
import { UnitOfWork } from './unit-of-work.ts';

/** Everything about pushes: one event in, effects out, in the order they are to be carried out. */
export function handle(state: PushState, event: PushEvent, context: PushContext): readonly PushEffect[] {
  const work = new UnitOfWork(state, context);
  dispatch(work, event);
  runDue(work);
  return work.effects();
}

function dispatch(work: UnitOfWork, event: PushEvent): void {
  switch (event.type) {
    case 'notice':
      return event.notice.type === 'request-over'
        ? closeRequest(work, event.notice)
        : queueNotice(work, event.notice);
    case 'seen':
      return handleSeen(work, event.connection, event.eventId);
    case 'subscribe':
      return subscribe(work, event);
    case 'unsubscribe':
      return unsubscribe(work, event);
    case 'set':
      return set(work, event);
    case 'test':
      return test(work, event);
    case 'signed-out':
      return signOut(work, event);
    case 'act':
      return act(work, event.act);
    case 'tried':
      return handleTried(work, event.id, event.result);
    case 'due':
      return;
  }
}

/** H2: when `due` has something to do, ms since 1970; null: nothing waits. */
export const nextDeadline = ({ outbox }: PushState): number | null => outboxDeadline(outbox);
