import { earliest, earliestOf } from '../../socket/deadlines.ts';
import { refuseAdmission } from './admission.ts';
import { resumeRoomCalls, roomDeleted, roomPlaced, undoOverdueCreates } from './agents/index.ts';
import { handleDisconnect, handleHostMessage, handleHostRequest } from './hosts/index.ts';
import { flushPresence, handleReport } from './presence/index.ts';
import { agentList, hostList } from './summaries.ts';
import type { ConnectionId, Context, Lobby, LobbyEvent } from './types.ts';
import { handleViewerMessage } from './viewer-messages.ts';

/** The lobby's one entrance: changes the state and pushes effects, in the order they are to happen. */
export function handle(lobby: Lobby, event: LobbyEvent, context: Context): void {
  switch (event.type) {
    case 'started':
      for (const host of event.online) lobby.online.set(host.hostId, host);
      return resumeRoomCalls(lobby, context, () => true);
    case 'viewer-joined':
      return refuseAdmission(context, event.connection, event.admission)
        ? undefined
        : sendLists(lobby, context, event);
    // An expired connection missed changes, and other rights show other agents.
    case 'member-renewed':
      return sendLists(lobby, context, event);
    case 'viewer-message':
      return handleViewerMessage(lobby, context, event);
    case 'host-message':
      return handleHostMessage(lobby, context, event);
    case 'disconnected':
      return handleDisconnect(lobby, context, event.connection);
    case 'room-placed':
      return roomPlaced(lobby, context, event);
    case 'room-deleted':
      return roomDeleted(lobby, context, event);
    case 'room-reported':
      return handleReport(lobby, context, event.report);
    case 'presence-due':
      return flushPresence(lobby, context);
    case 'host-enrolment':
    case 'host-token':
    case 'host-revocation':
    case 'host-deletion':
      return handleHostRequest(lobby, context, event);
    case 'alarm':
      undoOverdueCreates(lobby, context);
      return resumeRoomCalls(lobby, context, (call) => call.nextAt <= context.now);
  }
}

function sendLists(
  lobby: Lobby,
  { out }: Context,
  { connection: to }: { readonly connection: ConnectionId },
): void {
  for (const message of [agentList(lobby), hostList(lobby)]) out.push({ type: 'send', to, message });
}

/** H2: when the lobby's own duties next need the alarm, ms since 1970. */
export function nextDeadline(lobby: Lobby): number | null {
  return earliest([
    earliestOf(lobby.agents.values(), ({ pending }) => pending?.deadline ?? null),
    earliestOf(lobby.roomCalls.values(), ({ nextAt }) => nextAt),
  ]);
}
