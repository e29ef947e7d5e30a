import { AGENT_ID } from '../agent.ts';
import { fault } from './action.ts';

/** What people do that asks much of identities. */
export const PEOPLE_FAULTS = [
  fault('remove', 0.6, (world) => {
    if (world.lobby.agents.length === 0) return false;
    world.anyDashboard()?.ask({ type: 'agent:delete', payload: { agentId: AGENT_ID } }, world.now);
    return true;
  }),
  fault('reuseId', 2, (world) => {
    const client = world.random.next() < 0.5 ? world.anyViewer() : world.anyDashboard();
    return client?.reuse(world.now) ?? false;
  }),
] as const;
