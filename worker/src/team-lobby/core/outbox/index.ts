/** What is to be sent outside, until it is or is given up: pushes. */

export {
  completeTry,
  type Outbox,
  type OutboxEntry,
  type OutboxLimits,
  openOutbox,
  outboxDeadline,
  queueEntry,
  type TryResult,
  takeBack,
  takeDue,
} from './outbox.ts';
