import {
  CommandIdSchema,
  LIMITS,
  ok,
  VIEWER_RULES,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { draftOfMessage } from '../../audit/entry.ts';
import { fingerprintOf } from '../../socket/fingerprint.ts';
import { note } from './audit.ts';
import { type CommandRecord, isActive, statusOf } from './command.ts';
import { takeCommand } from './command-rate.ts';
import { end, enqueue, freshCommandId, interrupt, nextTry, setQueue, stepOf } from './commands.ts';
import { ROOM_LIMITS } from './limits.ts';
import { noteCommand } from './outbox.ts';
import { isFull, moved, positionOf } from './queue.ts';
import { answer, hasPlace, MANY_ASKED, type Outcome, offline, requestKey } from './requests.ts';
import type { Viewer } from './state.ts';
import { keeperToAsk, type Turn } from './turn.ts';
import type { Durable, Member } from './types.ts';

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
type Wanted = Extract<CommandMessage, { type: 'command:request' }>['payload'];

const refused = (error: WireError): Outcome => ({ type: 'refused', error });
const invalidState = (why: string): Outcome =>
  refused(
    wireError('INVALID_STATE', `This cannot be done to the command now: it is ${why}`, {
      field: 'commandId',
    }),
  );

/** I1, Q4: once, however often it is asked. Who asks hears his ack before what it led to. */
export function commandSaid(
  turn: Turn,
  durable: Durable,
  viewer: Viewer,
  message: CommandMessage,
  id: string | undefined,
): Outcome {
  if (id === undefined) return onRecord(turn, durable, viewer, message);
  const key = requestKey(viewer, id);
  const fingerprint = fingerprintOf(message);
  const known = turn.room.requests.get(key);
  if (known !== undefined) {
    return known.fingerprint === fingerprint && known.ack !== null
      ? { type: 'done', result: known.ack.result }
      : refused(wireError('INVALID_MESSAGE', 'This id was used for another message', { field: 'id' }));
  }
  if (!hasPlace(turn)) return refused(MANY_ASKED);
  const before = turn.after.length;
  const outcome = onRecord(turn, durable, viewer, message);
  if (outcome.type !== 'done') return outcome;
  const ack = { success: true, ...(outcome.result === undefined ? {} : { result: outcome.result }) };
  const until = turn.now + ROOM_LIMITS.requestMemory;
  turn.writeRequest({
    key,
    requestId: turn.context.freshId(),
    fingerprint,
    order: '',
    until,
    waiting: [],
    ack,
  });
  const led = turn.after.splice(before);
  answer(turn, viewer.connection, id, ack);
  turn.after.push(...led);
  return { type: 'pending' };
}

/** X8: in one transaction with what it does; what makes a command is about the one that it made. */
function onRecord(turn: Turn, durable: Durable, viewer: Viewer, message: CommandMessage): Outcome {
  const taken = taking(turn, durable, viewer.member, message);
  if (!taken.ok) return refused(taken.error);
  const outcome = act(turn, durable, viewer, message);
  if (outcome.type !== 'done') return outcome;
  // Stored with what it was taken for: what is refused takes nothing, and is not worth a row.
  if (taken.value !== null) turn.change(turn.room.durable ?? durable, taken.value, false);
  const audit = draftOfMessage(viewer.member, message, durable.placement.spec);
  const made = CommandIdSchema.safeParse(outcome.result?.['commandId']).data;
  note(turn, audit === null ? null : { ...audit, target: audit.target ?? made ?? null }, undefined);
  return outcome;
}

function act(turn: Turn, durable: Durable, viewer: Viewer, message: CommandMessage): Outcome {
  if (message.type === 'command:request' || message.type === 'agent:command')
    return request(turn, durable, viewer, message.payload);
  const record = turn.room.commands.get(message.payload.commandId);
  if (record === undefined)
    return refused(wireError('COMMAND_NOT_FOUND', 'There is no such command', { field: 'commandId' }));
  const by = viewer.member.id;
  switch (message.type) {
    case 'command:interrupt': {
      const { force = false, reason } = message.payload;
      return stop(turn, viewer, record, force, reason);
    }
    case 'command:cancel':
      return record.life.at === 'queued' ? cancel(turn, viewer, record) : invalidState(wordFor(record));
    case 'command:retry':
      return retry(turn, durable, viewer, record);
    case 'command:move': {
      if (record.life.at !== 'queued') return invalidState(wordFor(record));
      const queue = moved(durable.queue, record.commandId, message.payload.position);
      setQueue(turn, queue);
      noteCommand(turn, stepOf(record, record.life, { cause: 'moved', by }));
      return done(record, positionOf(queue, record.commandId));
    }
    case 'command:edit': {
      if (record.life.at !== 'queued') return invalidState(wordFor(record));
      const { command } = message.payload;
      turn.commands.put({ ...record, command });
      noteCommand(turn, { ...stepOf(record, record.life, { cause: 'edited', by }), command });
      return done(record, positionOf(durable.queue, record.commandId));
    }
  }
}

const wordFor = ({ life }: CommandRecord) => (life.at === 'starting' ? 'being started' : statusOf(life));

const done = ({ commandId }: CommandRecord, position: number): Outcome => ({
  type: 'done',
  result: { commandId, position },
});

/** L: one more command of this agent's, if it is not too soon; null: it is none. A repeat under its id is not one more. */
const taking = (turn: Turn, durable: Durable, { id }: Member, { type }: CommandMessage) =>
  VIEWER_RULES[type].bucket === 'command' ? takeCommand(durable, id, turn.now) : ok(null);

/** Q3, Q8: why no further command is taken; null: one is. */
function noRoom(turn: Turn, durable: Durable, member: Member, hold: boolean): Outcome | null {
  const { commands } = turn.room;
  if (isFull(durable.queue))
    return refused(wireError('QUEUE_FULL', `at most ${durable.queue.length} commands wait on one agent`));
  const own = durable.queue.filter(({ commandId }) => commands.get(commandId)?.requestedBy === member.id);
  if (own.length >= LIMITS.queuedCommandsOfMember)
    return refused(wireError('QUEUE_FULL', `at most ${own.length} commands of one member wait on one agent`));
  return hold || keeperToAsk(turn) !== null ? null : refused(offline(turn.room));
}

function request(turn: Turn, durable: Durable, { member }: Viewer, wanted: Wanted): Outcome {
  const {
    command,
    priority = 'normal',
    timeout = null,
    interactive = false,
    hold = false,
    retries = 0,
  } = wanted;
  const refusal = noRoom(turn, durable, member, hold);
  if (refusal !== null) return refusal;
  return take(turn, {
    ...{ command, priority, timeout, interactive, hold, retries },
    commandId: freshCommandId(turn, durable),
    environment: wanted.environment ?? {},
    attempt: 1,
    retryOf: null,
    printsAfter: null,
    terminal: null,
    requestedBy: member.id,
    name: member.name,
    clientId: member.clientId,
    requestedAt: turn.now,
    life: { at: 'queued', notBefore: null },
  });
}

function take(turn: Turn, record: CommandRecord): Outcome {
  const cause = record.retryOf === null ? 'requested' : 'retried';
  enqueue(turn, record, { cause, by: record.requestedBy });
  return done(record, positionOf(turn.room.durable?.queue ?? [], record.commandId));
}

function retry(turn: Turn, durable: Durable, { member }: Viewer, record: CommandRecord): Outcome {
  const { life } = record;
  if (life.at !== 'ended') return invalidState(wordFor(record));
  const refusal = noRoom(turn, durable, member, record.hold);
  if (refusal !== null) return refusal;
  const { id, name, clientId } = member;
  const next = { ...nextTry(turn, durable, record, 0), requestedBy: id, name, clientId };
  turn.commands.put({ ...record, life: { ...life, retriedBy: next.commandId } });
  return take(turn, next);
}

function cancel(turn: Turn, { member }: Viewer, record: CommandRecord, reason?: string): Outcome {
  const said = reason === undefined ? {} : { reason };
  end(turn, record, { status: 'cancelled' }, { cause: 'cancelled', by: member.id, ...said });
  return done(record, 0);
}

/** Q7: what waits is cancelled, what runs is interrupted. */
function stop(
  turn: Turn,
  viewer: Viewer,
  record: CommandRecord,
  force: boolean,
  reason: string | undefined,
): Outcome {
  if (record.life.at === 'queued') return cancel(turn, viewer, record, reason);
  if (!isActive(record.life)) return invalidState(wordFor(record));
  const before = record.life.stop;
  const by = viewer.member.id;
  interrupt(turn, record, {
    by,
    force: force || before?.force === true,
    reason: reason ?? before?.reason ?? null,
  });
  return done(record, 0);
}
