/** Commands: their queue, their life, and what others are shown of them. */

export { type CommandRecord, CommandRecordSchema, isActive } from './command.ts';
export { type CommandEvent, CommandEventSchema, EMPTY_OUTBOX } from './command-events.ts';
export {
  commandsDeadline,
  endAllCommands,
  failLostCommands,
  handleCommandEvent,
  readyKeeper,
  resendCommands,
  startNext,
  timeOutCommands,
} from './lifecycle.ts';
export { handleCommandMessage } from './messages.ts';
export { handleStepsWritten, pendingSteps } from './outbox.ts';
export { activeCommands, commandRow, commandsOf, sendCommands } from './views.ts';
