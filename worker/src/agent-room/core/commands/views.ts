import { type CommandRow, type Commands, LIMITS, type ShownCommand } from '@muster/protocol';
import type { RoomState } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { type Active, type CommandRecord, type Ended, endOf, isActive, statusOf } from './command.ts';
import { positionOf } from './queue.ts';

/** Q2: how many run or are being started. */
export function activeCommands({ commands }: RoomState): number {
  let count = 0;
  for (const { life } of commands.values()) if (isActive(life)) count += 1;
  return count;
}

function activeOldestFirst({
  commands,
}: RoomState): { readonly record: CommandRecord; readonly life: Active }[] {
  const active = [...commands.values()].flatMap((record) =>
    isActive(record.life) ? [{ record, life: record.life }] : [],
  );
  return active.sort((left, right) => left.life.since - right.life.since);
}

/** What is over, in the order it ended. */
export function endedOldestFirst({
  commands,
}: RoomState): { readonly record: CommandRecord; readonly life: Ended }[] {
  const ended = [...commands.values()].flatMap((record) =>
    record.life.at === 'ended' ? [{ record, life: record.life }] : [],
  );
  return ended.sort((left, right) => left.life.endedAt - right.life.endedAt);
}

/** Q9: all there is; null: nothing. */
export function commandsOf(room: RoomState, durable: Durable): Commands | null {
  if (room.commands.size === 0) return null;
  const newest = endedOldestFirst(room).reverse();
  return {
    queue: durable.queue.flatMap(({ commandId }) => {
      const record = room.commands.get(commandId);
      return record === undefined ? [] : [queued(record, positionOf(durable.queue, commandId))];
    }),
    running: activeOldestFirst(room).map(({ record, life }) => running(record, life)),
    ended: newest.slice(0, LIMITS.endedCommandsListed).map(({ record, life }) => endedOf(record, life)),
  };
}

/** Q9: sends the queue to every socket, once per event. */
export function sendCommands(work: UnitOfWork): void {
  const { room } = work;
  if (!work.commands.changed || room.durable === null) return;
  const durable = work.change(room.durable, {});
  const commands = commandsOf(room, durable) ?? { queue: [], running: [], ended: [] };
  const payload = { ...commands, agentId: durable.placement.spec.agentId, revision: durable.revision };
  for (const to of room.viewers.keys())
    work.afterCommit.push({ type: 'send', to, message: { type: 'command:queue', payload } });
}

/** One as history shows it, but as it is now; null: it is not known, or not any more. */
export function commandRow({ commands, durable }: RoomState, commandId: string): CommandRow | null {
  const record = commands.get(commandId);
  if (record === undefined || durable === null) return null;
  const { command, priority, interactive, attempt, retryOf, timeout, name, requestedAt, life } = record;
  const { agentId, agentUid } = durable.placement.spec;
  const over = life.at === 'ended' ? life : null;
  return {
    ...{
      commandId,
      agentId,
      agentUid,
      command,
      status: statusOf(life),
      priority,
      interactive,
      attempt,
      retryOf,
    },
    ...{ timeout, memberId: record.requestedBy, name, requestedAt },
    startedAt: life.at === 'running' ? life.startedAt : null,
    endedAt: over?.endedAt ?? null,
    exitCode: over?.exitCode ?? null,
    signal: over?.signal ?? null,
    error: over?.error?.code ?? null,
    errorMessage: over?.error?.message ?? null,
    executionTime: over?.executionTime ?? null,
    stdoutBytes: over?.bytes?.stdout ?? null,
    stderrBytes: over?.bytes?.stderr ?? null,
    reason: over?.reason ?? null,
  };
}

function publicCommand(record: CommandRecord): ShownCommand {
  const { commandId, command, priority, interactive, requestedBy, name, requestedAt, attempt } = record;
  const { retryOf, printsAfter, terminal } = record;
  const isLong = command.length > LIMITS.commandShownChars;
  return {
    commandId,
    command: isLong ? command.slice(0, LIMITS.commandShownChars) : command,
    ...(isLong ? { chars: command.length } : {}),
    priority,
    interactive,
    requestedBy,
    name,
    requestedAt,
    attempt,
    ...(retryOf === null ? {} : { retryOf }),
    ...(printsAfter === null ? {} : { printsAfter }),
    ...(terminal === null ? {} : { terminal }),
  };
}

function queued(record: CommandRecord, position: number): Commands['queue'][number] {
  const { life, hold } = record;
  const notBefore = life.at === 'queued' ? life.notBefore : null;
  return { ...publicCommand(record), position, hold, ...(notBefore === null ? {} : { notBefore }) };
}

function running(record: CommandRecord, life: Active): Commands['running'][number] {
  return {
    ...publicCommand(record),
    ...(life.at === 'running' ? { startedAt: life.startedAt } : {}),
    stopping: life.stop !== null,
    ...(record.timeout === null ? {} : { timeout: record.timeout }),
  };
}

function endedOf(record: CommandRecord, life: Ended): Commands['ended'][number] {
  const { status, endedAt, retriedBy } = life;
  return {
    ...publicCommand(record),
    ...endOf(life),
    status,
    endedAt,
    ...(retriedBy === null ? {} : { retriedBy }),
  };
}
