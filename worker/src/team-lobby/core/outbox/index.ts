/** What is to be sent outside, until it is or is given up: pushes. */

export {
  completeTry,
  type Outbox,
  type OutboxEntry,
  openOutbox,
  outboxDeadline,
  queueEntry,
  takeBack,
  takeDue,
} from './outbox.ts';
