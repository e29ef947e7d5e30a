import { type AgentSpec, secretsOfSpec, type ViewerMessage, wireError } from '@muster/protocol';
import { broadcastRequests, inboxList } from '../inbox/index.ts';
import { noticeRequests } from '../push/index.ts';
import {
  auditResult,
  type Request,
  refuse,
  refuseForGood,
  rememberAck,
  reply,
  requestKey,
} from '../requests.ts';
import { commit, placementOf } from '../state.ts';
import { agentList, agentStatus, hostList } from '../summaries.ts';
import type { AgentRow, Lobby, UnitOfWork } from '../types.ts';
import { canSee, visibleAgent, WOULD_BE_HIDDEN } from '../visibility/index.ts';
import { withAdapterEnvironment } from './adapter-program.ts';
import { takesKind } from './host-kinds.ts';
import { deleteRoom, placeRoom } from './room-calls.ts';
import { withinLimits } from './spec.ts';

export const agentNotFound = (agentId: string) =>
  wireError('AGENT_NOT_FOUND', `There is no agent called ${agentId}`, { field: 'agentId' });

type Update = Extract<ViewerMessage, { type: 'agent:update' }>['payload'];

function withUpdate(spec: AgentSpec, change: Update): AgentSpec {
  const { name, program, environment, restart, concurrency, labels, recording, secrets, redaction, shell } =
    change;
  return withAdapterEnvironment({
    ...spec,
    ...(name === undefined ? {} : { name }),
    ...(program === undefined ? {} : { program }),
    ...(environment === undefined ? {} : { environment }),
    ...(restart === undefined ? {} : { restart }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(labels === undefined ? {} : { labels }),
    ...(recording === undefined ? {} : { recording }),
    ...(secrets === undefined ? {} : secretsOfSpec(secrets)),
    ...(shell === undefined ? {} : { shell }),
    ...(redaction === undefined ? {} : { redaction }),
  });
}

/** agent:update: same generation; the host applies it at the program's next start. */
export function updateAgent(lobby: Lobby, work: UnitOfWork, request: Request, change: Update): void {
  const row = visibleAgent(lobby, request.by.limits ?? [], change.agentId);
  if (row === null) return refuseForGood(lobby, work, request, agentNotFound(change.agentId));
  const host = lobby.hosts.get(row.spec.hostId);
  const next = withUpdate(row.spec, change);
  if (!canSee(request.by, next)) return refuse(work, request, WOULD_BE_HIDDEN);
  const fits = host === undefined ? null : withinLimits(lobby, host, next, row.spec);
  if (fits !== null && !fits.ok) return refuse(work, request, fits.error);
  const changed = { ...row, spec: next, roomKnows: false };
  commit(lobby, { agents: [changed] }, work);
  const ack = { success: true, result: { agentId: next.agentId } };
  rememberAck(lobby, work, requestKey(request), ack);
  auditResult(work, request.audit, ack, next);
  placeRoom(lobby, work, next.agentUid);
  placeOnHost(lobby, work, changed);
  const about = [row.spec, next];
  work.out.push({ type: 'broadcast', message: agentStatus(lobby, changed, work.now) });
  work.out.push({ type: 'broadcast', message: agentList(lobby), about });
  // X5: with other labels, other members count this agent among the host's.
  if (change.labels !== undefined) work.out.push({ type: 'broadcast', message: hostList(lobby), about });
  if (change.labels !== undefined && lobby.requests.has(next.agentUid))
    work.out.push({ type: 'broadcast', message: inboxList(lobby), about });
  reply(work, request, ack);
}

/** Offline hosts, and those whose runner is too old for this kind (C4), learn it from a later `lobby:welcome`. */
function placeOnHost(lobby: Lobby, work: UnitOfWork, row: AgentRow): void {
  const host = lobby.online.get(row.spec.hostId);
  const known = lobby.hosts.get(row.spec.hostId);
  if (host === undefined || known === undefined || !takesKind(known, row.spec.kind)) return;
  const payload = { ...placementOf(row), requestId: work.freshId() };
  work.out.push({
    type: 'send-to-host',
    host: host.connection,
    message: { type: 'agent:place', payload },
  });
}

/** N1. Works while the host is offline: its next `lobby:welcome` no longer lists the agent. */
export function deleteAgent(lobby: Lobby, work: UnitOfWork, request: Request, agentId: string): void {
  const row = visibleAgent(lobby, request.by.limits ?? [], agentId);
  if (row === null) return refuseForGood(lobby, work, request, agentNotFound(agentId));
  const { agentUid, hostId } = row.spec;
  const { over } = broadcastRequests(lobby, work, row, { requests: [] });
  commit(lobby, { dropAgents: [agentUid], deletions: [agentUid] }, work);
  noticeRequests(lobby, work, row, [], over);
  const ack = { success: true, result: { agentId, agentUid } };
  rememberAck(lobby, work, requestKey(request), ack);
  auditResult(work, request.audit, ack, row.spec);
  deleteRoom(lobby, work, agentUid);
  const host = lobby.online.get(hostId);
  if (host !== undefined) {
    const payload = { requestId: work.freshId(), agentUid };
    work.out.push({
      type: 'send-to-host',
      host: host.connection,
      message: { type: 'agent:remove', payload },
    });
  }
  const deleted = { type: 'agent:deleted', payload: { agentId: row.spec.agentId, agentUid } } as const;
  work.out.push({ type: 'broadcast', message: deleted, about: row.spec });
  for (const message of [agentList(lobby), hostList(lobby)])
    work.out.push({ type: 'broadcast', message, about: row.spec });
  reply(work, request, ack);
}
