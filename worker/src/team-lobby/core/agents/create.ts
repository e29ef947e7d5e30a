import {
  type AgentCreate,
  AgentIdSchema,
  type AgentSpec,
  err,
  isAgentVisible,
  LIMITS,
  type Result,
  type RunnerMessage,
  slugOf,
  type WireError,
  wireError,
} from '@muster/protocol';
import { LOBBY } from '../limits.ts';
import { answer, auditResult, type Request, refusal, refuse, rememberAck, requestKey } from '../requests.ts';
import { commit, hostKeyStateOf, liveOf, placementOf } from '../state.ts';
import { agentList, hostList } from '../summaries.ts';
import type { AgentRow, Lobby, LobbyEvent, Requester, UnitOfWork } from '../types.ts';
import { canSee, mayUseName, WOULD_BE_HIDDEN } from '../visibility/index.ts';
import { firstPolicy } from './first-policy.ts';
import { meetsNeeds, needsOf, unmetNeeds } from './host-needs.ts';
import { deleteRoom, placeRoom, roomCallFailed } from './room-calls.ts';
import { buildSpec } from './spec.ts';

/**
 * agent:create, in steps that never leave half an agent: a durable pending row (which holds the name), then
 * the room, then the runner, whose answer makes the agent visible. Any step may be lost in a reset and is
 * repeated; a failure undoes all of them.
 */
export function createAgent(lobby: Lobby, work: UnitOfWork, request: Request, wanted: AgentCreate): void {
  const { by, id } = request;
  const key = requestKey(request);
  const spec = permittedSpec(lobby, work, by, wanted);
  if (!spec.ok) return refuse(work, request, spec.error);
  const row: AgentRow = {
    spec: spec.value,
    generation: 1,
    createdAt: work.now,
    roomKnows: false,
    pending: {
      requestId: work.freshId(),
      deadline: work.now + LOBBY.createDeadline,
      request: key,
      waiting: [{ connection: by.connection, messageId: id }],
      audit: request.audit,
    },
  };
  commit(lobby, { agents: [row] }, work);
  placeRoom(lobby, work, row.spec.agentUid);
}

/** X5, X24: the spec, within the limits of the requester. */
function permittedSpec(
  lobby: Lobby,
  work: UnitOfWork,
  by: Requester,
  wanted: AgentCreate,
): Result<AgentSpec, WireError> {
  const uid = work.freshId();
  const limits = by.limits ?? [];
  const policy = wanted.policy === undefined ? undefined : firstPolicy(work, by, wanted.policy);
  const agentId: string = wanted.agentId ?? slugOf(wanted.name);
  if (limits.length === 0 || mayUseName(by, agentId)) {
    const made = buildSpec(lobby, wanted, uid, limits, policy);
    return made.ok && !canSee(by, made.value) ? err(WOULD_BE_HIDDEN) : made;
  }
  // Refused, or named anew, whether or not the name is taken.
  if (!isAgentVisible(limits, { agentId, labels: wanted.labels ?? {} })) return err(WOULD_BE_HIDDEN);
  if (wanted.agentId !== undefined) return err(ID_IS_CHOSEN);
  return buildSpec(lobby, { ...wanted, agentId: unusedId(lobby, work, agentId) }, uid, limits, policy);
}

const ID_IS_CHOSEN = wireError(
  'INSUFFICIENT_PERMISSIONS',
  'agentId: is chosen for you, since you are limited to some agents by their labels; leave it out',
  { field: 'agentId' },
);

/** The slug with a random suffix, which reveals nothing about other names. */
function unusedId(lobby: Lobby, work: UnitOfWork, slug: string): AgentCreate['agentId'] {
  for (;;) {
    const ending = work.freshId().replaceAll('-', '').slice(-SUFFIX_DIGITS);
    const agentId = AgentIdSchema.safeParse(
      `${slug.slice(0, LIMITS.nameChars - SUFFIX_DIGITS - 1)}-${ending}`,
    );
    if (!agentId.success) return undefined;
    if (!lobby.names.has(agentId.data)) return agentId.data;
  }
}

/** Hex digits. */
const SUFFIX_DIGITS = 6;

/**
 * The runner is asked to start it, as soon as the room knows and the host is here; asking again is harmless. A host that
 * came back without what the agent needs is not asked (C4).
 */
export function placeOnRunner(lobby: Lobby, work: UnitOfWork, row: AgentRow): void {
  const host = lobby.online.get(row.spec.hostId);
  const known = lobby.hosts.get(row.spec.hostId);
  if (host === undefined || known === undefined || !row.roomKnows || row.pending === null) return;
  const needs = needsOf(row.spec);
  if (!meetsNeeds(known, needs)) return undoCreate(lobby, work, row, unmetNeeds([known], needs));
  const payload = { ...placementOf(row), requestId: row.pending.requestId };
  work.out.push({
    type: 'send-to-host',
    host: host.connection,
    message: { type: 'agent:place', payload },
  });
}

type RoomPlaced = Extract<LobbyEvent, { type: 'room-placed' }>;

export function roomPlaced(lobby: Lobby, work: UnitOfWork, { placement, host, ok }: RoomPlaced): void {
  const { agentUid, hostId } = placement.spec;
  const row = lobby.agents.get(agentUid);
  // Changed or deleted since: the later change has a call of its own.
  if (row?.spec !== placement.spec || row.generation !== placement.generation) return;
  if (host.keyRevision !== hostKeyStateOf(lobby, hostId).keyRevision) return;
  if (!ok) return roomCallFailed(lobby, work, agentUid);
  const known = { ...row, roomKnows: true };
  lobby.roomCalls.delete(agentUid);
  commit(lobby, { agents: [known] }, work);
  placeOnRunner(lobby, work, known);
}

type RunnerPlaced = Extract<RunnerMessage, { type: 'agent:placed' }>['payload'];

/** Completes a pending create with the runner's answer. */
export function completeCreate(lobby: Lobby, work: UnitOfWork, row: AgentRow, placed: RunnerPlaced): void {
  if (row.pending === null || placed.requestId !== row.pending.requestId) return;
  if (placed.error !== undefined) return undoCreate(lobby, work, row, placed.error);
  const { agentUid, agentId, name } = row.spec;
  const start = {
    ...(placed.pid === undefined ? {} : { pid: placed.pid }),
    ...(placed.startedAt === undefined ? {} : { startTime: placed.startedAt }),
  };
  const live = { ...liveOf(lobby, agentUid), healthySince: work.now };
  commit(lobby, { agents: [{ ...row, pending: null }], live: [live] }, work);
  const ack = { success: true, result: { agentId, agentUid, ...start } };
  rememberAck(lobby, work, row.pending.request, ack);
  auditResult(work, row.pending.audit, ack, row.spec);
  const created = { type: 'agent:created', payload: { agentId, name, ...start } } as const;
  work.out.push({ type: 'broadcast', message: created, about: row.spec });
  for (const message of [agentList(lobby), hostList(lobby)])
    work.out.push({ type: 'broadcast', message, about: row.spec });
  for (const waiter of row.pending.waiting) answer(work, waiter, ack);
}

/** Undoes a pending create: frees the name, deletes the room, and tells an online runner to end the agent. */
export function undoCreate(lobby: Lobby, work: UnitOfWork, row: AgentRow, error: WireError): void {
  const { agentUid, hostId } = row.spec;
  commit(lobby, { dropAgents: [agentUid], deletions: [agentUid] }, work);
  rememberAck(lobby, work, row.pending?.request ?? null, refusal(error));
  auditResult(work, row.pending?.audit ?? null, refusal(error), row.spec);
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
  for (const waiter of row.pending?.waiting ?? []) answer(work, waiter, refusal(error));
}

/** Undoes creates that were not answered in time. */
export function undoOverdueCreates(lobby: Lobby, work: UnitOfWork): void {
  for (const row of [...lobby.agents.values()]) {
    if (row.pending === null || row.pending.deadline > work.now) continue;
    const here = lobby.online.has(row.spec.hostId);
    undoCreate(lobby, work, row, here ? HOST_TIMED_OUT : HOST_WENT_OFFLINE);
  }
}

export const HOST_WENT_OFFLINE = wireError('HOST_OFFLINE', 'the host went offline', { field: 'hostId' });
const HOST_TIMED_OUT = wireError('SERVICE_UNAVAILABLE', 'the host did not answer within 30 s');
