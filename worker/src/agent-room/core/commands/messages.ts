import {
  CommandIdSchema,
  LIMITS,
  ok,
  VIEWER_MESSAGES,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { draftOfMessage } from '../../../audit/entry.ts';
import { recordAudit } from '../audit/index.ts';
import { answerOnce, type Outcome, offlineError } from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { Durable, Member } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import { type CommandRecord, isActive, statusOf } from './command.ts';
import { end, enqueue, freshCommandId, interrupt, nextAttempt, setQueue } from './lifecycle.ts';
import { applyChange } from './outbox.ts';
import { isFull, moved, positionOf } from './queue.ts';
import { takeCommand } from './rate.ts';

export type CommandMessage = Extract<
  ViewerMessage,
  {
    type:
      | 'command:request'
      | 'agent:command'
      | 'command:interrupt'
      | 'command:cancel'
      | 'command:move'
      | 'command:edit'
      | 'command:retry';
  }
>;
type CommandInput = Extract<CommandMessage, { type: 'command:request' }>['payload'];

const refused = (error: WireError): Outcome => ({ type: 'refused', error });
const invalidState = (why: string): Outcome =>
  refused(
    wireError('INVALID_STATE', `This cannot be done to the command now: it is ${why}`, {
      field: 'commandId',
    }),
  );

/** I1, Q4. */
export const handleCommandMessage = (
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  message: CommandMessage,
  id: string | undefined,
): Outcome => answerOnce(work, viewer, message, id, () => performAudited(work, durable, viewer, message));

/** X8: records the action in the transaction of its effect; a message that creates a command is recorded with its id. */
function performAudited(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  message: CommandMessage,
): Outcome {
  const taken = takeRate(work, durable, viewer.member, message);
  if (!taken.ok) return refused(taken.error);
  const outcome = act(work, durable, viewer, message);
  if (outcome.type !== 'done') return outcome;
  // Stored with what it was taken for: what is refused takes nothing, and is not worth a row.
  if (taken.value !== null) work.change(work.room.durable ?? durable, taken.value, false);
  const audit = draftOfMessage(viewer.member, message, durable.placement.spec);
  const made = CommandIdSchema.safeParse(outcome.result?.['commandId']).data;
  recordAudit(work, audit === null ? null : { ...audit, target: audit.target ?? made ?? null }, undefined);
  return outcome;
}

function act(work: UnitOfWork, durable: Durable, viewer: Viewer, message: CommandMessage): Outcome {
  if (message.type === 'command:request' || message.type === 'agent:command')
    return request(work, durable, viewer, message.payload);
  const record = work.room.commands.get(message.payload.commandId);
  if (record === undefined)
    return refused(wireError('COMMAND_NOT_FOUND', 'There is no such command', { field: 'commandId' }));
  const by = viewer.member.id;
  switch (message.type) {
    case 'command:interrupt': {
      const { force = false, reason } = message.payload;
      return stop(work, viewer, record, force, reason);
    }
    case 'command:cancel':
      return record.life.at === 'queued' ? cancel(work, viewer, record) : invalidState(stateName(record));
    case 'command:retry':
      return retry(work, durable, viewer, record);
    case 'command:move': {
      if (record.life.at !== 'queued') return invalidState(stateName(record));
      const queue = moved(durable.queue, record.commandId, message.payload.position);
      setQueue(work, queue);
      applyChange(work, { before: record, after: record, why: { cause: 'moved', by } });
      return done(record, positionOf(queue, record.commandId));
    }
    case 'command:edit': {
      if (record.life.at !== 'queued') return invalidState(stateName(record));
      const { command } = message.payload;
      applyChange(work, { before: record, after: { ...record, command }, why: { cause: 'edited', by } });
      return done(record, positionOf(durable.queue, record.commandId));
    }
  }
}

const stateName = ({ life }: CommandRecord) => (life.at === 'starting' ? 'being started' : statusOf(life));

const done = ({ commandId }: CommandRecord, position: number): Outcome => ({
  type: 'done',
  result: { commandId, position },
});

/** L: one more command of this agent's, if it is not too soon; null: it is none. A repeat under its id is not one more. */
const takeRate = (work: UnitOfWork, durable: Durable, { id }: Member, { type }: CommandMessage) =>
  VIEWER_MESSAGES[type].bucket === 'command' ? takeCommand(durable, id, work.now) : ok(null);

/** Q3, Q8: why no further command is taken; null: one is. */
function queueRefusal(work: UnitOfWork, durable: Durable, member: Member, hold: boolean): Outcome | null {
  const { commands } = work.room;
  if (isFull(durable.queue))
    return refused(wireError('QUEUE_FULL', `at most ${durable.queue.length} commands wait on one agent`));
  const own = durable.queue.filter(({ commandId }) => commands.get(commandId)?.requestedBy === member.id);
  if (own.length >= LIMITS.queuedCommandsOfMember)
    return refused(wireError('QUEUE_FULL', `at most ${own.length} commands of one member wait on one agent`));
  return hold || reachableKeeper(work) !== null ? null : refused(offlineError(work.room));
}

function request(work: UnitOfWork, durable: Durable, { member }: Viewer, input: CommandInput): Outcome {
  const {
    command,
    priority = 'normal',
    timeout = null,
    interactive = false,
    hold = false,
    retries = 0,
  } = input;
  const refusal = queueRefusal(work, durable, member, hold);
  if (refusal !== null) return refusal;
  return accept(work, {
    ...{ command, priority, timeout, interactive, hold, retries },
    commandId: freshCommandId(work, durable),
    environment: input.environment ?? {},
    attempt: 1,
    retryOf: null,
    printsAfter: null,
    terminal: null,
    requestedBy: member.id,
    name: member.name,
    clientId: member.clientId,
    requestedAt: work.now,
    life: { at: 'queued', notBefore: null },
  });
}

function accept(work: UnitOfWork, record: CommandRecord): Outcome {
  const cause = record.retryOf === null ? 'requested' : 'retried';
  enqueue(work, record, { cause, by: record.requestedBy });
  return done(record, positionOf(work.room.durable?.queue ?? [], record.commandId));
}

function retry(work: UnitOfWork, durable: Durable, { member }: Viewer, record: CommandRecord): Outcome {
  const { life } = record;
  if (life.at !== 'ended') return invalidState(stateName(record));
  const refusal = queueRefusal(work, durable, member, record.hold);
  if (refusal !== null) return refusal;
  const { id, name, clientId } = member;
  const next = { ...nextAttempt(work, durable, record, 0), requestedBy: id, name, clientId };
  work.commands.put({ ...record, life: { ...life, retriedBy: next.commandId } });
  return accept(work, next);
}

function cancel(work: UnitOfWork, { member }: Viewer, record: CommandRecord, reason?: string): Outcome {
  const details = reason === undefined ? {} : { reason };
  end(work, record, { status: 'cancelled' }, { cause: 'cancelled', by: member.id, ...details });
  return done(record, 0);
}

/** Q7: what waits is cancelled, what runs is interrupted. */
function stop(
  work: UnitOfWork,
  viewer: Viewer,
  record: CommandRecord,
  force: boolean,
  reason: string | undefined,
): Outcome {
  if (record.life.at === 'queued') return cancel(work, viewer, record, reason);
  if (!isActive(record.life)) return invalidState(stateName(record));
  const before = record.life.stop;
  const by = viewer.member.id;
  interrupt(work, record, {
    by,
    force: force || before?.force === true,
    reason: reason ?? before?.reason ?? null,
  });
  return done(record, 0);
}
