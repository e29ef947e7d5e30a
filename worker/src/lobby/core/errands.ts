import type { AgentUid } from '@muster/protocol';
import { LOBBY } from './limits.ts';
import { commit, placementOf, standingOf } from './state.ts';
import type { Context, Errand, Lobby, LobbyEvent } from './types.ts';

function start(lobby: Lobby, context: Context, agentUid: AgentUid, kind: Errand['kind']): void {
  const known = lobby.errands.get(agentUid);
  const tries = known?.kind === kind ? known.tries : 0;
  lobby.errands.set(agentUid, { kind, tries, nextAt: context.now + LOBBY.errandTimeout });
}

/** Tells the room where its agent runs; unless it answers within the timeout the alarm tells it again. */
export function placeRoom(lobby: Lobby, context: Context, agentUid: AgentUid): void {
  const row = lobby.agents.get(agentUid);
  if (row === undefined) return;
  start(lobby, context, agentUid, 'place');
  const host = standingOf(lobby, row.spec.hostId);
  context.out.push({ type: 'place-room', placement: placementOf(row), host });
}

/** N1: tells the room that its agent is gone. */
export function buryRoom(lobby: Lobby, context: Context, agentUid: AgentUid): void {
  start(lobby, context, agentUid, 'bury');
  context.out.push({ type: 'bury-room', agentUid });
}

export function roomBuried(
  lobby: Lobby,
  context: Context,
  { agentUid, ok }: Extract<LobbyEvent, { type: 'buried' }>,
): void {
  if (!ok) return errandFailed(lobby, context, agentUid);
  lobby.errands.delete(agentUid);
  commit(lobby, { dropBurials: [agentUid] }, context);
}

/** What is due, or was lost in a reset, is done again. */
export function resumeErrands(lobby: Lobby, context: Context, due: (errand: Errand) => boolean): void {
  for (const [agentUid, errand] of [...lobby.errands]) {
    if (!due(errand)) continue;
    if (errand.kind === 'place') placeRoom(lobby, context, agentUid);
    else buryRoom(lobby, context, agentUid);
  }
}

/** The room could not be reached: again after 1, 2, 4 … 30 s. */
export function errandFailed(lobby: Lobby, context: Context, agentUid: AgentUid): void {
  const errand = lobby.errands.get(agentUid);
  if (errand === undefined) return;
  const { errandRetries } = LOBBY;
  const pause = errandRetries[Math.min(errand.tries, errandRetries.length - 1)] ?? LOBBY.errandTimeout;
  lobby.errands.set(agentUid, { ...errand, tries: errand.tries + 1, nextAt: context.now + pause });
}
