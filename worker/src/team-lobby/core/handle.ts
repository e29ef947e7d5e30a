import { earliest, earliestOf } from '../../socket/deadlines.ts';
import { refuseAdmission } from './admission.ts';
import { resumeRoomCalls, roomDeleted, roomPlaced, undoOverdueCreates } from './agents/index.ts';
import { handleDisconnect, handleHostMessage, handleHostRequest } from './hosts/index.ts';
import { inboxList } from './inbox/index.ts';
import { flushPresence, handleReport } from './presence/index.ts';
import { agentList, hostList } from './summaries.ts';
import type { ConnectionId, Context, Effect, Lobby, LobbyEvent, UnitOfWork } from './types.ts';
import { handleViewerMessage } from './viewer-messages.ts';

/** One thing that happened to a lobby, and what is to be done for it, in order. */
export function handle(lobby: Lobby, event: LobbyEvent, context: Context): readonly Effect[] {
  const work: UnitOfWork = { ...context, out: [] };
  dispatch(lobby, work, event);
  return work.out;
}

function dispatch(lobby: Lobby, work: UnitOfWork, event: LobbyEvent): void {
  switch (event.type) {
    case 'started':
      for (const host of event.online) lobby.online.set(host.hostId, host);
      return resumeRoomCalls(lobby, work, () => true);
    case 'viewer-joined':
      return refuseAdmission(work, event.connection, event.admission)
        ? undefined
        : sendLists(lobby, work, event);
    // An expired connection missed changes, and other rights show other agents.
    case 'member-renewed':
      return sendLists(lobby, work, event);
    case 'viewer-message':
      return handleViewerMessage(lobby, work, event);
    case 'host-message':
      return handleHostMessage(lobby, work, event);
    case 'disconnected':
      return handleDisconnect(lobby, work, event.connection);
    case 'room-placed':
      return roomPlaced(lobby, work, event);
    case 'room-deleted':
      return roomDeleted(lobby, work, event);
    case 'room-reported':
      return handleReport(lobby, work, event.report);
    case 'presence-due':
      return flushPresence(lobby, work);
    case 'host-enrolment':
    case 'host-token':
    case 'host-revocation':
    case 'host-deletion':
      return handleHostRequest(lobby, work, event);
    case 'alarm':
      undoOverdueCreates(lobby, work);
      return resumeRoomCalls(lobby, work, (call) => call.nextAt <= work.now);
  }
}

function sendLists(
  lobby: Lobby,
  { out }: UnitOfWork,
  { connection: to }: { readonly connection: ConnectionId },
): void {
  for (const message of [agentList(lobby), hostList(lobby), inboxList(lobby)])
    out.push({ type: 'send', to, message });
}

/** H2: when the lobby's own duties next need the alarm, ms since 1970. */
export function nextDeadline(lobby: Lobby): number | null {
  return earliest([
    earliestOf(lobby.agents.values(), ({ pending }) => pending?.deadline ?? null),
    earliestOf(lobby.roomCalls.values(), ({ nextAt }) => nextAt),
  ]);
}
