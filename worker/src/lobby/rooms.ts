import type { AgentUid, Placement, TeamId } from '@muster/protocol';
import type { StandingChange } from '../auth/claims.ts';
import { type Env, roomOf } from '../env.ts';

/** Tells a room where its agent runs. False: it could not be reached. */
export const placeRoom = (env: Env, team: TeamId, placement: Placement): Promise<boolean> =>
  succeeds(() => roomOf(env, team, placement.spec.agentUid).place(team, placement));

/** N1: tells a room that its agent is gone. False: it could not be reached. */
export const buryRoom = (env: Env, team: TeamId, agentUid: AgentUid): Promise<boolean> =>
  succeeds(() => roomOf(env, team, agentUid).bury(agentUid));

/** X5: tells a room who may do what from now on. False: it could not be reached. */
export const tellStandings = (
  env: Env,
  team: TeamId,
  agentUid: AgentUid,
  changes: readonly StandingChange[],
): Promise<boolean> => succeeds(() => roomOf(env, team, agentUid).standings(changes));

/** A room that cannot be reached is no fault of the lobby's: it is tried again. */
async function succeeds(call: () => Promise<void>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch {
    return false;
  }
}
