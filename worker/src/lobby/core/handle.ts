import { roomPlaced, undoOverdueCreates } from './create.ts';
import { resumeRoomCalls, roomDeleted } from './errands.ts';
import { deleteHost, enrolHost, revokeHost } from './host-keys.ts';
import { handleDisconnect, handleHostMessage } from './hosts.ts';
import { flushPresence, handleReport } from './report.ts';
import { agentList, hostList } from './summaries.ts';
import type { Context, Lobby, LobbyEvent } from './types.ts';
import { handleViewerMessage } from './viewers.ts';

/** The lobby's one entrance: changes the state and pushes effects, in the order they are to happen. */
export function handle(lobby: Lobby, event: LobbyEvent, context: Context): void {
  switch (event.type) {
    case 'woke':
      for (const host of event.online) lobby.online.set(host.hostId, host);
      return resumeRoomCalls(lobby, context, () => true);
    case 'viewer-joined':
      for (const message of [agentList(lobby), hostList(lobby)])
        context.out.push({ type: 'send', to: event.connection, message });
      return;
    case 'viewer-said':
      return handleViewerMessage(lobby, context, event);
    case 'host-said':
      return handleHostMessage(lobby, context, event);
    case 'left':
      return handleDisconnect(lobby, context, event.connection);
    case 'placed':
      return roomPlaced(lobby, context, event);
    case 'buried':
      return roomDeleted(lobby, context, event);
    case 'reported':
      return handleReport(lobby, context, event.report);
    case 'counted':
      return flushPresence(lobby, context);
    case 'enrolled':
      return enrolHost(lobby, context, event, event.audit);
    case 'revoked':
      return revokeHost(lobby, context, event.hostId, event.audit);
    case 'host-removed':
      return deleteHost(lobby, context, event.hostId, event.audit);
    case 'alarm':
      undoOverdueCreates(lobby, context);
      return resumeRoomCalls(lobby, context, (errand) => errand.nextAt <= context.now);
  }
}

/** H2: when the lobby's own duties next need the alarm, ms since 1970. */
export function nextDeadline(lobby: Lobby): number | null {
  const deadlines = [...lobby.agents.values()].flatMap(({ pending }) => pending?.deadline ?? []);
  const errands = [...lobby.roomCalls.values()].map((errand) => errand.nextAt);
  const all = [...deadlines, ...errands];
  return all.length === 0 ? null : Math.min(...all);
}
