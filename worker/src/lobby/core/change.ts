import { type AgentSpec, type ViewerMessage, wireError } from '@muster/protocol';
import { buryRoom, placeRoom } from './errands.ts';
import { keyOf, type Request, record, refuse, remember, reply } from './requests.ts';
import { agentSeen, OUT_OF_SIGHT, sees } from './sight.ts';
import { fitting } from './spec.ts';
import { commit, placementOf } from './state.ts';
import { agentList, agentStatus, hostList } from './summaries.ts';
import type { AgentRow, Context, Lobby } from './types.ts';

export const notFound = (agentId: string) =>
  wireError('AGENT_NOT_FOUND', `agentId: there is no agent ${agentId}`, { field: 'agentId' });

type Update = Extract<ViewerMessage, { type: 'agent:update' }>['payload'];

function updated(spec: AgentSpec, change: Update): AgentSpec {
  const { name, program, environment, restart, concurrency, labels, recording, secrets, redaction } = change;
  return {
    ...spec,
    ...(name === undefined ? {} : { name }),
    ...(program === undefined ? {} : { program }),
    ...(environment === undefined ? {} : { environment }),
    ...(restart === undefined ? {} : { restart }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(labels === undefined ? {} : { labels }),
    ...(recording === undefined ? {} : { recording }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(redaction === undefined ? {} : { redaction }),
  };
}

/** agent:update: same generation; the host applies it at the program's next start. */
export function update(lobby: Lobby, context: Context, request: Request, change: Update): void {
  const row = agentSeen(lobby, request.by.limits ?? [], change.agentId);
  if (row === null) return refuse(context, request, notFound(change.agentId));
  const host = lobby.hosts.get(row.spec.hostId);
  const next = updated(row.spec, change);
  if (!sees(request.by, next)) return refuse(context, request, OUT_OF_SIGHT);
  const fits = host === undefined ? null : fitting(lobby, host, next, row.spec);
  if (fits !== null && !fits.ok) return refuse(context, request, fits.error);
  const changed = { ...row, spec: next, roomKnows: false };
  commit(lobby, { agents: [changed] }, context);
  const ack = { success: true, result: { agentId: next.agentId } };
  remember(lobby, context, keyOf(request), ack);
  record(context, request.audit, ack, next);
  placeRoom(lobby, context, next.agentUid);
  tellHost(lobby, context, changed);
  const about = [row.spec, next];
  context.out.push({ type: 'broadcast', message: agentStatus(lobby, changed, context.now) });
  context.out.push({ type: 'broadcast', message: agentList(lobby), about });
  // X5: other labels, others who count it among a host's.
  if (change.labels !== undefined) context.out.push({ type: 'broadcast', message: hostList(lobby), about });
  reply(context, request, ack);
}

/** Offline hosts learn it from their next `lobby:welcome`. */
function tellHost(lobby: Lobby, context: Context, row: AgentRow): void {
  const host = lobby.online.get(row.spec.hostId);
  if (host === undefined) return;
  const payload = { ...placementOf(row), requestId: context.freshId() };
  context.out.push({ type: 'tell', host: host.connection, message: { type: 'agent:place', payload } });
}

/** N1. Works while the host is offline: its next `lobby:welcome` no longer lists the agent. */
export function remove(lobby: Lobby, context: Context, request: Request, agentId: string): void {
  const row = agentSeen(lobby, request.by.limits ?? [], agentId);
  if (row === null) return refuse(context, request, notFound(agentId));
  const { agentUid, hostId } = row.spec;
  commit(lobby, { dropAgents: [agentUid], burials: [agentUid] }, context);
  const ack = { success: true, result: { agentId, agentUid } };
  remember(lobby, context, keyOf(request), ack);
  record(context, request.audit, ack, row.spec);
  buryRoom(lobby, context, agentUid);
  const host = lobby.online.get(hostId);
  if (host !== undefined) {
    const payload = { requestId: context.freshId(), agentUid };
    context.out.push({ type: 'tell', host: host.connection, message: { type: 'agent:remove', payload } });
  }
  const gone = { type: 'agent:deleted', payload: { agentId: row.spec.agentId, agentUid } } as const;
  context.out.push({ type: 'broadcast', message: gone, about: row.spec });
  for (const message of [agentList(lobby), hostList(lobby)])
    context.out.push({ type: 'broadcast', message, about: row.spec });
  reply(context, request, ack);
}
