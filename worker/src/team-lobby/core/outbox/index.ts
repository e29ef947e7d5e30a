/** What is to be sent outside, until it is or is given up: pushes. */

export {
  type Outbox,
  type OutboxEntry,
  type OutboxLimits,
  openOutbox,
  outboxDeadline,
  queueEntry,
  settleTry,
  type TryResult,
  takeBack,
  takeDue,
} from './outbox.ts';
