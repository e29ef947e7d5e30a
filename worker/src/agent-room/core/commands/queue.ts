import { CommandIdSchema, LIMITS, PRIORITIES, type Priority, PrioritySchema } from '@muster/protocol';
import * as z from 'zod';

/** What waits, in the order it is started in. Retries come in however full it is: each was in it before. */
export const QueueSchema = z
  .array(z.object({ commandId: CommandIdSchema, priority: PrioritySchema }))
  .max(LIMITS.queuedCommands + LIMITS.runningCommands);
export type Queue = z.infer<typeof QueueSchema>;
export type Entry = Queue[number];

const rank = (priority: Priority) => PRIORITIES.indexOf(priority);

/** Q3. */
export const isFull = (queue: Queue): boolean => queue.length >= LIMITS.queuedCommands;

/** From 1; 0: it does not wait. */
export const positionOf = (queue: Queue, commandId: string): number =>
  queue.findIndex((entry) => entry.commandId === commandId) + 1;

/** Q1: behind all of its priority. */
export function enqueued(queue: Queue, { commandId, priority }: Entry): Queue {
  const before = queue.filter((entry) => rank(entry.priority) <= rank(priority)).length;
  // Of a whole command no more than this: the queue is a part of the room's one row.
  return queue.toSpliced(before, 0, { commandId, priority });
}

export const without = (queue: Queue, commandId: string): Queue =>
  queue.filter((entry) => entry.commandId !== commandId);

/** To this place, from 1, or as near to it as Q1 allows: no command overtakes one of a higher priority. */
export function moved(queue: Queue, commandId: string, position: number): Queue {
  const entry = queue.find((candidate) => candidate.commandId === commandId);
  if (entry === undefined) return queue;
  const rest = without(queue, commandId);
  const first = rest.filter(({ priority }) => rank(priority) < rank(entry.priority)).length;
  const peers = rest.filter(({ priority }) => priority === entry.priority).length;
  return rest.toSpliced(Math.min(Math.max(position - 1, first), first + peers), 0, entry);
}

/** Q2: what may start now, first to last; one that is not due is passed over and keeps its place. */
export function startable(queue: Queue, free: number, isDue: (commandId: string) => boolean): Entry[] {
  return queue.filter(({ commandId }) => isDue(commandId)).slice(0, Math.max(0, free));
}
