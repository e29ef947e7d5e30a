import * as z from 'zod';
import type { Via } from '../lines/via.ts';

const UsageSchema = z.object({
  starts: z.number(),
  messages: z.number(),
  alarms: z.number(),
  rowsWritten: z.number(),
});
const AnswerSchema = z.object({ room: UsageSchema, lobby: UsageSchema });
export type Usage = z.infer<typeof UsageSchema>;
type Both = z.infer<typeof AnswerSchema>;

/** What an agent's room and its team's lobby have counted since the server started. Asking wakes both. */
export async function usageOf(via: Via): Promise<Both> {
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
