import { roomPlaced, undoOverdue } from './create.ts';
import { resumeErrands, roomBuried } from './errands.ts';
import { enrolled, hostRemoved, revoked } from './host-keys.ts';
import { hostSaid, left } from './hosts.ts';
import { report, tellCounts } from './report.ts';
import { agentList, hostList } from './summaries.ts';
import type { Context, Lobby, LobbyEvent } from './types.ts';
import { viewerSaid } from './viewers.ts';

/** The lobby's one entrance: changes the state and pushes effects, in the order they are to happen. */
export function handle(lobby: Lobby, event: LobbyEvent, context: Context): void {
  switch (event.type) {
    case 'woke':
      for (const host of event.online) lobby.online.set(host.hostId, host);
      return resumeErrands(lobby, context, () => true);
    case 'viewer-joined':
      for (const message of [agentList(lobby), hostList(lobby)])
        context.out.push({ type: 'send', to: event.connection, message });
      return;
    case 'viewer-said':
      return viewerSaid(lobby, context, event);
    case 'host-said':
      return hostSaid(lobby, context, event);
    case 'left':
      return left(lobby, context, event.connection);
    case 'placed':
      return roomPlaced(lobby, context, event);
    case 'buried':
      return roomBuried(lobby, context, event);
    case 'reported':
      return report(lobby, context, event.report);
    case 'counted':
      return tellCounts(lobby, context);
    case 'enrolled':
      return enrolled(lobby, context, event, event.audit);
    case 'revoked':
      return revoked(lobby, context, event.hostId, event.audit);
    case 'host-removed':
      return hostRemoved(lobby, context, event.hostId, event.audit);
    case 'alarm':
      undoOverdue(lobby, context);
      return resumeErrands(lobby, context, (errand) => errand.nextAt <= context.now);
  }
}

/** H2: when the lobby's own duties next need the alarm, ms since 1970. */
export function nextDuty(lobby: Lobby): number | null {
  const deadlines = [...lobby.agents.values()].flatMap(({ pending }) => pending?.deadline ?? []);
  const errands = [...lobby.errands.values()].map((errand) => errand.nextAt);
  const all = [...deadlines, ...errands];
  return all.length === 0 ? null : Math.min(...all);
}
