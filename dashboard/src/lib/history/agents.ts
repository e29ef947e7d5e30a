import { PastAgentSchema } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { visible } from '../text.ts';

/** Past agents offered beside those that are there: the youngest. */
const OFFERED = 200;
const AnswerSchema = z.object({ agents: z.array(PastAgentSchema) });
interface Named {
  readonly agentId: string;
  readonly name: string;
}

/** Agents that history knows and that may be gone; none where it cannot be asked. */
export async function pastAgents(): Promise<readonly Named[]> {
  const answer = await get('/api/history/agents', { limit: OFFERED }, AnswerSchema);
  return answer.ok ? answer.value.agents : [];
}

/** The agents to filter history by: existing ones in their order, then deleted ones. */
export function agentOptions(present: readonly Named[], past: readonly Named[]) {
  const gone = new Map<string, string>();
  for (const { agentId, name } of past) if (!gone.has(agentId)) gone.set(agentId, `${name} (deleted)`);
  for (const { agentId } of present) gone.delete(agentId);
  const options: [string, string][] = [
    ...present.map(({ agentId, name }): [string, string] => [agentId, name]),
    ...gone,
  ];
  return options.map(([value, label]) => ({ value, label: visible(label) }));
}
