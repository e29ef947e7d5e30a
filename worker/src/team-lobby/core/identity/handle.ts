import { OPERATIONS } from './operations/index.ts';
import { handleRightsSent, outboxDeadline, queueRights, sendDueRights } from './rights-outbox.ts';
import type { IdentityContext, IdentityEffect, IdentityEvent, IdentityState } from './state.ts';
import type { IdentityOperation, IdentityOutput } from './types.ts';
import { UnitOfWork } from './unit-of-work.ts';

/** Everything about people: one event in, effects out, in the order they are to be carried out. */
export function handle<A extends IdentityOperation>(
  state: IdentityState,
  event: IdentityEvent<A>,
  context: IdentityContext,
): IdentityEffect<IdentityOutput<A>>[] {
  const work = new UnitOfWork(state, context);
  const answers: IdentityEffect<IdentityOutput<A>>[] = [];
  switch (event.type) {
    case 'operation':
      answers.push({ type: 'answer', answer: OPERATIONS[event.act](work, event.ask) });
      if (!work.publishes) return [...work.effects(), ...answers];
      queueRights(work, work.publishedByRoom());
      break;
    case 'rights-sent':
      handleRightsSent(work, event);
      break;
    case 'alarm':
      break;
  }
  sendDueRights(work);
  return [...work.effects(), ...answers];
}

/** H2: when `alarm` has something to do, ms since 1970; null: every room knows all. */
export const nextDeadline = ({ outbox }: IdentityState): number | null => outboxDeadline(outbox);
