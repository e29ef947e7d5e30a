import type { TeamId, ViewerMessage } from '@muster/protocol';
import { call, dashboard, hello, memberToken, newTeam } from '../front.ts';

export const wanted = { name: 'One', program: { command: 'bash', args: [] } };

export const create = (over = {}): ViewerMessage => ({
  type: 'agent:create',
  payload: { ...wanted, ...over },
});

/** A team with a host and a dashboard. */
export async function team() {
  const name = newTeam();
  const { host, hostId } = await hello(name);
  await host.next('lobby:welcome');
  return { team: name, host, hostId, viewer: await dashboard(name) };
}

export const list = async (name: TeamId) => {
  const response = await call('GET', '/api/agents', { team: name, token: await memberToken(name) });
  return ((await response.json()) as { agents: { agentId: string; agentUid: string }[] }).agents;
};
