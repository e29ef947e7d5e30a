import { AgentSpecSchema, type StreamEvent, type TeamId } from '@muster/protocol';
import { E1, event } from '../agent-room/core/rig.ts';
import { call } from '../front.ts';
import { agent } from '../poll/rig.ts';

export const BASE = '/api/agents/one/conversations';

/** The agent `one`, which talks. */
export async function talking(team: TeamId) {
  const { token, keeper, room, agentUid, hostId } = await agent(team);
  const spec = AgentSpecSchema.parse({
    ...{ agentUid, agentId: 'one', name: 'One', kind: 'acp', hostId, workspace: '/work' },
    ...{ restart: 'never', autostart: true, program: { command: 'adapter', args: [] } },
  });
  await room.place(team, { spec, generation: 1 });
  const who = { team, token };
  const asked = async (method: string, path: string, body?: object) => {
    const response = await call(method, path, { ...who, ...(body === undefined ? {} : { body }) });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, answer };
  };
  const tell = async (sequence: number, what: StreamEvent) => {
    keeper.send(event(E1, sequence, what));
    await keeper.next('stream:ack');
  };
  return { keeper, room, agentUid, asked, tell, who };
}
