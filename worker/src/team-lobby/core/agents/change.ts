import { type AgentSpec, secretsOfSpec, type ViewerMessage, wireError } from '@muster/protocol';
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
import type { AgentRow, Context, Lobby } from '../types.ts';
import { canSee, visibleAgent, WOULD_BE_HIDDEN } from '../visibility/index.ts';
import { deleteRoom, placeRoom } from './room-calls.ts';
import { withinLimits } from './spec.ts';

export const agentNotFound = (agentId: string) =>
  wireError('AGENT_NOT_FOUND', `There is no agent called ${agentId}`, { field: 'agentId' });

type Update = Extract<ViewerMessage, { type: 'agent:update' }>['payload'];

function withUpdate(spec: AgentSpec, change: Update): AgentSpec {
  const { name, program, environment, restart, concurrency, labels, recording, secrets, redaction, shell } =
    change;
  return {
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
  };
}

/** agent:update: same generation; the host applies it at the program's next start. */
export function updateAgent(lobby: Lobby, context: Context, request: Request, change: Update): void {
  const row = visibleAgent(lobby, request.by.limits ?? [], change.agentId);
  if (row === null) return refuseForGood(lobby, context, request, agentNotFound(change.agentId));
  const host = lobby.hosts.get(row.spec.hostId);
  const next = withUpdate(row.spec, change);
  if (!canSee(request.by, next)) return refuse(context, request, WOULD_BE_HIDDEN);
  const fits = host === undefined ? null : withinLimits(lobby, host, next, row.spec);
  if (fits !== null && !fits.ok) return refuse(context, request, fits.error);
  const changed = { ...row, spec: next, roomKnows: false };
  commit(lobby, { agents: [changed] }, context);
  const ack = { success: true, result: { agentId: next.agentId } };
  rememberAck(lobby, context, requestKey(request), ack);
  auditResult(context, request.audit, ack, next);
  placeRoom(lobby, context, next.agentUid);
  placeOnHost(lobby, context, changed);
  const about = [row.spec, next];
  context.out.push({ type: 'broadcast', message: agentStatus(lobby, changed, context.now) });
  context.out.push({ type: 'broadcast', message: agentList(lobby), about });
  // X5: with other labels, other members count this agent among the host's.
  if (change.labels !== undefined) context.out.push({ type: 'broadcast', message: hostList(lobby), about });
  reply(context, request, ack);
}

/** Offline hosts learn it from their next `lobby:welcome`. */
function placeOnHost(lobby: Lobby, context: Context, row: AgentRow): void {
  const host = lobby.online.get(row.spec.hostId);
  if (host === undefined) return;
  const payload = { ...placementOf(row), requestId: context.freshId() };
  context.out.push({
    type: 'send-to-host',
    host: host.connection,
    message: { type: 'agent:place', payload },
  });
}

/** N1. Works while the host is offline: its next `lobby:welcome` no longer lists the agent. */
export function deleteAgent(lobby: Lobby, context: Context, request: Request, agentId: string): void {
  const row = visibleAgent(lobby, request.by.limits ?? [], agentId);
  if (row === null) return refuseForGood(lobby, context, request, agentNotFound(agentId));
  const { agentUid, hostId } = row.spec;
  commit(lobby, { dropAgents: [agentUid], deletions: [agentUid] }, context);
  const ack = { success: true, result: { agentId, agentUid } };
  rememberAck(lobby, context, requestKey(request), ack);
  auditResult(context, request.audit, ack, row.spec);
  deleteRoom(lobby, context, agentUid);
  const host = lobby.online.get(hostId);
  if (host !== undefined) {
    const payload = { requestId: context.freshId(), agentUid };
    context.out.push({
      type: 'send-to-host',
      host: host.connection,
      message: { type: 'agent:remove', payload },
    });
  }
  const deleted = { type: 'agent:deleted', payload: { agentId: row.spec.agentId, agentUid } } as const;
  context.out.push({ type: 'broadcast', message: deleted, about: row.spec });
  for (const message of [agentList(lobby), hostList(lobby)])
    context.out.push({ type: 'broadcast', message, about: row.spec });
  reply(context, request, ack);
}
