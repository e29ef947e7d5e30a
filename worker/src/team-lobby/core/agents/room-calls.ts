import { type AgentUid, backoff } from '@muster/protocol';
import { LOBBY } from '../limits.ts';
import { commit, hostKeyStateOf, placementOf } from '../state.ts';
import type { Lobby, LobbyEvent, PendingRoomCall, UnitOfWork } from '../types.ts';

function schedule(lobby: Lobby, work: UnitOfWork, agentUid: AgentUid, kind: PendingRoomCall['kind']): void {
  const known = lobby.roomCalls.get(agentUid);
  const tries = known?.kind === kind ? known.tries : 0;
  lobby.roomCalls.set(agentUid, { kind, tries, nextAt: work.now + LOBBY.roomCallTimeout });
}

/** Tells the room where its agent runs. The alarm repeats the call if it is not answered in time. */
export function placeRoom(lobby: Lobby, work: UnitOfWork, agentUid: AgentUid): void {
  const row = lobby.agents.get(agentUid);
  if (row === undefined) return;
  schedule(lobby, work, agentUid, 'place');
  const host = hostKeyStateOf(lobby, row.spec.hostId);
  work.out.push({ type: 'place-room', placement: placementOf(row), host });
}

/** N1: tells the room that its agent was deleted. */
export function deleteRoom(lobby: Lobby, work: UnitOfWork, agentUid: AgentUid): void {
  schedule(lobby, work, agentUid, 'delete');
  work.out.push({ type: 'delete-room', agentUid });
}

export function roomDeleted(
  lobby: Lobby,
  work: UnitOfWork,
  { agentUid, ok }: Extract<LobbyEvent, { type: 'room-deleted' }>,
): void {
  if (!ok) return roomCallFailed(lobby, work, agentUid);
  lobby.roomCalls.delete(agentUid);
  commit(lobby, { dropDeletions: [agentUid] }, work);
}

/** Repeats the calls that are due, or were lost in a reset. */
export function resumeRoomCalls(
  lobby: Lobby,
  work: UnitOfWork,
  due: (call: PendingRoomCall) => boolean,
): void {
  for (const [agentUid, call] of [...lobby.roomCalls]) {
    if (!due(call)) continue;
    if (call.kind === 'place') placeRoom(lobby, work, agentUid);
    else deleteRoom(lobby, work, agentUid);
  }
}

/** The room could not be reached: again after 1, 2, 4 … 30 s. */
export function roomCallFailed(lobby: Lobby, work: UnitOfWork, agentUid: AgentUid): void {
  const call = lobby.roomCalls.get(agentUid);
  if (call === undefined) return;
  const tries = call.tries + 1;
  lobby.roomCalls.set(agentUid, { ...call, tries, nextAt: work.now + backoff(tries) });
}
