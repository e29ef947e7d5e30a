import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Route } from '../connections/route.ts';

const UsageSchema = z.object({
  starts: z.number(),
  messages: z.number(),
  alarms: z.number(),
  rowsWritten: z.number(),
});
const AnswerSchema = z.object({ room: UsageSchema, lobby: UsageSchema });
export type Usage = z.infer<typeof UsageSchema>;
type Both = z.infer<typeof AnswerSchema>;

/** A room sleeps after 10 s in which nothing asked anything of it, ms. */
const ASLEEP_MS = 12_000;
/** The last that output leads to is a snapshot 10 s after it (S14): a room that goes on after so many looks never rests. */
const LOOKS = 6;

/** The usage of an agent's room and its team's lobby since the server started. Asking wakes both. */
export async function usageOf(via: Route): Promise<Both> {
  if (via.kind !== 'muster') throw new Error('only Muster counts');
  const { url, team, token, agentId } = via;
  const address = new URL(`/api/agents/${agentId}/usage?team=${team}`, url);
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  return AnswerSchema.parse(await response.json());
}

export const spent = (before: Usage, after: Usage): Usage => ({
  starts: after.starts - before.starts,
  messages: after.messages - before.messages,
  alarms: after.alarms - before.alarms,
  rowsWritten: after.rowsWritten - before.rowsWritten,
});

/**
 * Resolves to the usage of a room that has nothing more to do: between two looks it slept, heard nothing and wrote
 * nothing. Later consequences of an activity (a stored tail, a snapshot, an alarm) count as that activity's.
 * @throws Error when it never rests
 */
export async function atRest(via: Route): Promise<Both> {
  let last = await usageOf(via);
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep(ASLEEP_MS);
    const now = await usageOf(via);
    const { starts, messages, alarms, rowsWritten } = spent(last.room, now.room);
    if (starts > 0 && messages + alarms + rowsWritten === 0) return now;
    last = now;
  }
  throw new Error('an idle room does not rest');
}
