import * as z from 'zod';
import type { Muster } from './muster.ts';

const UsageSchema = z.object({
  room: z.object({ starts: z.number(), messages: z.number(), rowsWritten: z.number() }),
});

/** The requests and writes of an agent's room since the server started. Asking wakes it. */
export async function usageOf(muster: Muster, agentId: string): Promise<z.infer<typeof UsageSchema>['room']> {
  const headers = { authorization: `Bearer ${muster.token}` };
  const answer = await fetch(`${muster.url}/api/agents/${agentId}/usage`, { headers });
  return UsageSchema.parse(await answer.json()).room;
}
