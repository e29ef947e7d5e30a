import {
  backoff,
  type CommandEnd,
  type CommandId,
  commandIdOf,
  type Epoch,
  type StreamEvent,
  wireError,
} from '@muster/protocol';
import { earliestOf } from '../../../socket/deadlines.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { Keeper, RoomState } from '../state.ts';
import type { ConnectionId, Durable } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import {
  type Active,
  type CommandRecord,
  couldNotStart,
  type Ended,
  endOf,
  finalStatus,
  isActive,
  type Life,
  mayBecome,
} from './command.ts';
import type { Cause, Reason } from './command-events.ts';
import { applyChange, present } from './outbox.ts';
import { enqueued, type Queue, startable, without } from './queue.ts';
import { activeCommands, endedOldestFirst } from './views.ts';

export function setQueue(work: UnitOfWork, queue: Queue): void {
  if (work.room.durable !== null) work.change(work.room.durable, { queue });
  work.commands.changed = true;
}

/** A command begins its life: it waits. */
export function enqueue(work: UnitOfWork, record: CommandRecord, why: Reason): void {
  const { durable } = work.room;
  if (durable === null) return;
  setQueue(work, enqueued(durable.queue, record));
  applyChange(work, { before: null, after: record, why });
}

/** The next step of its life, if the table allows it. */
function step(work: UnitOfWork, record: CommandRecord, life: Life, why: Reason): void {
  const { room } = work;
  if (room.durable === null || !mayBecome(record.life, life)) return;
  if (record.life.at === 'queued' && life.at !== 'queued')
    setQueue(work, without(room.durable.queue, record.commandId));
  const printsAfter = life.at === 'running' ? { printsAfter: present(room) } : {};
  applyChange(work, { before: record, after: { ...record, life, ...printsAfter }, why });
}

/** Q11: it is over; a failure may be tried again, as a command of its own. */
export function end(
  work: UnitOfWork,
  record: CommandRecord,
  over: CommandEnd & Pick<Ended, 'status'> & { readonly presumed?: true },
  why: Reason,
): void {
  const life: Ended = {
    ...endOf(over),
    at: 'ended',
    status: over.status,
    endedAt: work.now,
    presumed: over.presumed ?? false,
    reason: why.reason ?? null,
    retriedBy: null,
  };
  const { durable } = work.room;
  if (durable === null || !mayBecome(record.life, life)) return;
  const delay = backoff(record.attempt);
  const next = retriesItself(record, life) ? nextAttempt(work, durable, record, delay) : null;
  step(work, record, { ...life, retriedBy: next?.commandId ?? null }, why);
  if (next !== null) enqueue(work, next, { cause: 'retried' });
  pruneEnded(work);
}

/** The same again under another id (Q5: each is started once). `delay`: ms. */
export function nextAttempt(
  work: UnitOfWork,
  durable: Durable,
  record: CommandRecord,
  delay: number,
): CommandRecord {
  return {
    ...record,
    commandId: freshCommandId(work, durable),
    retries: Math.max(0, record.retries - 1),
    attempt: record.attempt + 1,
    retryOf: record.commandId,
    requestedAt: work.now,
    printsAfter: null,
    terminal: null,
    life: { at: 'queued', notBefore: delay === 0 ? null : work.now + delay },
  };
}

/** 60 random bits beside the agent's own name. */
export function freshCommandId({ context }: UnitOfWork, { placement }: Durable): CommandId {
  return commandIdOf(placement.spec.agentId, context.freshId().replaceAll('-', '').slice(0, 16));
}

function pruneEnded(work: UnitOfWork): void {
  const ended = endedOldestFirst(work.room);
  const excess = Math.max(0, ended.length - ROOM_LIMITS.endedCommands);
  for (const { record } of ended.slice(0, excess)) work.commands.drop(record.commandId);
}

/** Q2: starts what may start. Called when an event has been dealt with, whatever it was. */
export function startNext(work: UnitOfWork): void {
  const { room, now } = work;
  const { durable } = room;
  if (durable === null || durable.queue.length === 0) return;
  const free = (durable.placement.spec.concurrency ?? 1) - activeCommands(room);
  const next = startable(durable.queue, free, (id) => isDue(room.commands.get(id), now));
  if (next.length === 0) return;
  const keeper = readyKeeper(work, durable);
  if (keeper === null || durable.epoch === null) {
    room.commandsTriedAt = now;
    return;
  }
  for (const { commandId } of next) {
    const record = room.commands.get(commandId);
    if (record === undefined) continue;
    step(
      work,
      record,
      { at: 'starting', epoch: durable.epoch, since: now, stop: null },
      { cause: 'started' },
    );
    sendStart(work, keeper, record, durable.epoch);
  }
}

const isDue = (record: CommandRecord | undefined, now: number): boolean =>
  record?.life.at === 'queued' && (record.life.notBefore ?? 0) <= now;

/** A keeper that has sent all it had when it came: else a start may be of an epoch that is over (Q5). */
export function readyKeeper(work: UnitOfWork, { epoch }: Durable): ConnectionId | null {
  const { keeper, next } = work.room;
  if (keeper === null || reachableKeeper(work) === null) return null;
  const { awaits } = keeper;
  if (awaits === null) return keeper.connection;
  const isThere = awaits.another ? epoch !== awaits.epoch : epoch === awaits.epoch && next > awaits.last;
  if (!isThere) return null;
  keeper.awaits = null;
  return keeper.connection;
}

function sendStart(work: UnitOfWork, keeper: ConnectionId, record: CommandRecord, epoch: Epoch): void {
  const { commandId, command, interactive, environment, timeout } = record;
  const limit = timeout === null ? {} : { timeout };
  const payload = { epoch, commandId, command, interactive, environment, ...limit };
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message: { type: 'command:start', payload } });
}

export function sendInterrupt(
  work: UnitOfWork,
  keeper: ConnectionId,
  { commandId, life }: CommandRecord,
): void {
  if (!isActive(life) || life.stop === null) return;
  const payload = { epoch: life.epoch, commandId, force: life.stop.force };
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message: { type: 'command:interrupt', payload } });
}

/** Q7. A keeper that is away gets it when it comes back. */
export function interrupt(work: UnitOfWork, record: CommandRecord, stop: NonNullable<Active['stop']>): void {
  const { life } = record;
  if (!isActive(life)) return;
  const next = { ...record, life: { ...life, stop } };
  work.commands.put(next);
  const keeper = reachableKeeper(work);
  if (keeper !== null) sendInterrupt(work, keeper, next);
}

/** Q5: sends again what the keeper may not have received; it recognizes a repeat by its id. */
export function resendCommands(work: UnitOfWork, { connection, awaits }: Keeper): void {
  for (const record of work.room.commands.values()) {
    const { life } = record;
    if (!isActive(life)) continue;
    if (awaits !== null && (awaits.another || awaits.epoch !== life.epoch)) continue;
    if (life.stop !== null) sendInterrupt(work, connection, record);
    else if (life.at === 'starting') sendStart(work, connection, record, life.epoch);
  }
}

/** S4a: applies a stream event about a command. */
export function handleCommandEvent(
  work: UnitOfWork,
  event: Extract<StreamEvent, { type: 'command:started' | 'command:resized' | 'command:ended' }>,
): void {
  const record = work.room.commands.get(event.commandId);
  if (record === undefined) return;
  const { life } = record;
  if (event.type === 'command:resized')
    return work.commands.put({ ...record, terminal: { cols: event.cols, rows: event.rows } });
  if (event.type === 'command:started') {
    if (life.at !== 'starting') return;
    const { epoch, stop } = life;
    const startedAt = Math.max(0, event.startedAt - (work.room.keeper?.ahead ?? 0));
    const running = { at: 'running', epoch, since: work.now, startedAt, stop } as const;
    return step(work, record, running, { cause: 'started', fromStream: true });
  }
  const interrupted = event.interrupted && !couldNotStart(life, event);
  const status = finalStatus(life, event, interrupted);
  const stop = interrupted && isActive(life) ? life.stop : null;
  const by = stop === null ? {} : { by: stop.by, ...(stop.reason === null ? {} : { reason: stop.reason }) };
  end(work, record, { ...event, status }, { cause: causeOf(event, interrupted), ...by, fromStream: true });
}

function causeOf({ error }: CommandEnd, interrupted: boolean): Cause {
  if (interrupted) return 'interrupted';
  if (error === undefined) return 'exited';
  if (error.code === 'COMMAND_TIMEOUT') return 'timeout';
  return error.code === 'COMMAND_LOST' ? 'lost' : 'refused';
}

/** Q5: a new epoch: no result will come for commands that were started under another one. */
export function failLostCommands(work: UnitOfWork, epoch: Epoch): void {
  for (const record of [...work.room.commands.values()]) {
    if (!isActive(record.life) || record.life.epoch === epoch) continue;
    const error = wireError('COMMAND_LOST', 'nobody saw what became of it: its host was restarted');
    end(work, record, { status: 'failed', error }, { cause: 'lost', fromStream: true });
  }
}

/** H2: fails commands whose host does not answer; its late answer still counts. */
export function timeOutCommands(work: UnitOfWork): void {
  for (const record of [...work.room.commands.values()]) {
    const at = timesOutAt(work.room, record);
    if (at === null || at > work.now) continue;
    const error =
      record.life.at === 'running'
        ? wireError('COMMAND_TIMEOUT', 'it ran out of its time, and its host does not tell')
        : wireError('SERVICE_UNAVAILABLE', HOST_SILENT);
    end(work, record, { status: 'failed', error, presumed: true }, { cause: 'unanswered' });
  }
}

const HOST_SILENT = 'It is not known whether it was started: its host did not answer in 30 s';

function timesOutAt(room: RoomState, { life, timeout }: CommandRecord): number | null {
  if (life.at === 'starting')
    return room.keeper === null ? null : Math.max(life.since, room.keeper.since) + ROOM_LIMITS.requestTimeout;
  if (life.at === 'running' && timeout !== null) return life.since + timeout + ROOM_LIMITS.commandSilence;
  return null;
}

/** H2: when commands next need the alarm; null: never. */
export function commandsDeadline(room: RoomState): number | null {
  const { durable, commands } = room;
  if (durable === null || commands.size === 0) return null;
  const free = (durable.placement.spec.concurrency ?? 1) - activeCommands(room);
  const mayStart = room.keeper !== null && free > 0;
  return earliestOf(
    commands.values(),
    (record) => (mayStart ? startsAt(room, record) : null) ?? timesOutAt(room, record),
  );
}

/** A retry wakes the room; a command that only waits in the queue does not. One that could not start is looked at again later. */
function startsAt({ commandsTriedAt }: RoomState, { life }: CommandRecord): number | null {
  if (life.at !== 'queued' || life.notBefore === null) return null;
  return Math.max(life.notBefore, commandsTriedAt + ROOM_LIMITS.commandLook);
}

/**
 * Whether the room retries it by itself. A command whose end is unknown may have been done (Q5), and one that a member
 * ended is not wanted.
 */
export function retriesItself({ retries }: CommandRecord, { status, error, presumed }: Ended): boolean {
  return retries > 0 && status === 'failed' && !presumed && error?.code !== 'COMMAND_LOST';
}

const AGENT_DELETED = 'its agent was deleted';

/** N1: ends all commands of a deleted agent: its host stops them, and no result can come any more. */
export function endAllCommands(work: UnitOfWork): void {
  const all = [...work.room.commands.values()];
  for (const record of all)
    if (record.life.at === 'queued')
      end(work, record, { status: 'cancelled' }, { cause: 'cancelled', reason: AGENT_DELETED });
  for (const record of all)
    if (isActive(record.life))
      end(work, record, { status: 'interrupted' }, { cause: 'interrupted', reason: AGENT_DELETED });
}
