import type { AgentUid, TeamId } from '@muster/protocol';
import type { RightsChange } from '../auth/claims.ts';
import { type Env, roomOf } from '../env.ts';
import type { Effect, LobbyEvent } from './core/types.ts';

type RoomCall = Extract<Effect, { type: 'place-room' | 'delete-room' }>;

/** Tells a room where its agent runs, or that it is gone (N1). Resolves to how that went. */
export async function callRoom(env: Env, team: TeamId, call: RoomCall): Promise<LobbyEvent> {
  if (call.type === 'place-room') {
    const { placement, host } = call;
    const room = roomOf(env, team, placement.spec.agentUid);
    return {
      type: 'room-placed',
      placement,
      host,
      ok: await succeeds(() => room.place(team, placement, host)),
    };
  }
  const { agentUid } = call;
  const ok = await succeeds(() => roomOf(env, team, agentUid).bury(agentUid));
  return { type: 'room-deleted', agentUid, ok };
}

/** X5: sends rights changes to a room. False: the room could not be reached. */
export const sendRightsChanges = (
  env: Env,
  team: TeamId,
  agentUid: AgentUid,
  changes: readonly RightsChange[],
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
