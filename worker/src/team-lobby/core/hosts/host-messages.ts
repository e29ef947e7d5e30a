import { CLOSE, type HostId, type RunnerMessage, type WireError, wireError } from '@muster/protocol';
import { completeCreate, HOST_WENT_OFFLINE, listedOn, placeOnRunner, undoCreate } from '../agents/index.ts';
import { LOBBY } from '../limits.ts';
import { agentsOn, commit, jsonBytes, liveOf } from '../state.ts';
import { agentList, agentStatus, hostList, summaryOf } from '../summaries.ts';
import type {
  AgentRow,
  ConnectionId,
  HostRow,
  LiveRow,
  Lobby,
  LobbyEvent,
  OnlineHost,
  UnitOfWork,
} from '../types.ts';

type Payload<T extends RunnerMessage['type']> = Extract<RunnerMessage, { type: T }>['payload'];
type HostMessageEvent = Extract<LobbyEvent, { type: 'host-message' }>;

/** A host speaks for its own agents only (X4), and only after its hello. */
export function handleHostMessage(lobby: Lobby, work: UnitOfWork, event: HostMessageEvent): void {
  const { connection, hostId, message } = event;
  if (message.type === 'runner:hello') return handleHello(lobby, work, connection, hostId, message.payload);
  if (lobby.online.get(hostId)?.connection !== connection) {
    const late = wireError('INVALID_MESSAGE', 'The first message must be runner:hello');
    return closeHost(work, connection, CLOSE.badFrame, late);
  }
  if (message.type === 'agent:removed') return;
  const row = lobby.agents.get(message.payload.agentUid);
  if (row?.spec.hostId !== hostId) return handleUnknownAgent(work, connection, row, message);
  if (message.type === 'keeper:link') return handleKeeperLink(lobby, work, row, message.payload.healthy);
  handlePlaced(lobby, work, row, message.payload);
}

/** An agent that was undone or deleted meanwhile is ended where it started after all (N1). */
function handleUnknownAgent(
  work: UnitOfWork,
  connection: ConnectionId,
  row: AgentRow | undefined,
  message: RunnerMessage,
): void {
  if (row !== undefined || message.type !== 'agent:placed' || message.payload.error !== undefined) return;
  const payload = { requestId: work.freshId(), agentUid: message.payload.agentUid };
  work.out.push({ type: 'send-to-host', host: connection, message: { type: 'agent:remove', payload } });
}

/** A host reads why in the close itself: it is sent no `error`. */
function closeHost(work: UnitOfWork, connection: ConnectionId, code: number, { message }: WireError): void {
  work.out.push({ type: 'close', connection, code, reason: message });
}

function handleHello(
  lobby: Lobby,
  work: UnitOfWork,
  connection: ConnectionId,
  hostId: HostId,
  hello: Payload<'runner:hello'>,
): void {
  const known = lobby.hosts.get(hostId);
  if (known === undefined || hello.hostId !== hostId) {
    const error = wireError('AUTH_FAILED', 'This is not the host that was enrolled');
    return closeHost(work, connection, CLOSE.unauthenticated, error);
  }
  const host = { ...known, facts: hello.facts, version: hello.version, lastSeen: work.now };
  if (!factsFit(lobby, host)) {
    const error = wireError(
      'RESOURCE_EXHAUSTED',
      'This host says too much about itself for the list of hosts',
    );
    return closeHost(work, connection, CLOSE.badFrame, error);
  }
  const older = lobby.online.get(hostId);
  if (older !== undefined && older.connection !== connection) {
    const { connection: superseded } = older;
    work.out.push({
      type: 'close',
      connection: superseded,
      code: CLOSE.superseded,
      reason: 'a newer runner',
    });
  }
  const before = connectionsOn(lobby, hostId);
  lobby.online.set(hostId, { hostId, connection, since: work.now });
  work.out.push({ type: 'attach-host', connection, since: work.now });
  const live = changedHealth(lobby, hostId, hello.agents, work.now);
  commit(lobby, { hosts: [host], live }, work);
  sendWelcome(lobby, work, connection, hostId, hello.agents);
  broadcastConnections(lobby, work, hostId, before);
}

/** S13: every host's entry stays within one `host:list`. */
export function factsFit(lobby: Lobby, host: HostRow): boolean {
  if (host.facts !== undefined && jsonBytes(host.facts) > LOBBY.factsBytes) return false;
  const entry = ({ name, facts }: HostRow) =>
    jsonBytes([name, facts?.roots, facts?.defaultWorkspace, facts?.kinds, facts?.adapters]) +
    LOBBY.entryBytes;
  const others = [...lobby.hosts.values()].filter(({ hostId }) => hostId !== host.hostId);
  return others.reduce((sum, other) => sum + entry(other), entry(host)) <= LOBBY.listBytes;
}

/** Which keepers are well, by the host's own list; a keeper of another generation does not count (N2). */
function changedHealth(
  lobby: Lobby,
  hostId: HostId,
  hello: Payload<'runner:hello'>['agents'],
  now: number,
): LiveRow[] {
  return agentsOn(lobby, hostId).flatMap((row) => {
    const healthy = hello.some(
      (one) => one.agentUid === row.spec.agentUid && one.generation === row.generation && one.healthy,
    );
    const live = liveOf(lobby, row.spec.agentUid);
    if (healthy === (live.healthySince !== null)) return [];
    return [{ ...live, healthySince: healthy ? now : null }];
  });
}

/**
 * Sends the complete state for this host. It contains a pending create only if the host already has the
 * keeper: otherwise the host would start the agent before it is asked, and never report the result.
 */
function sendWelcome(
  lobby: Lobby,
  work: UnitOfWork,
  connection: ConnectionId,
  hostId: HostId,
  hello: Payload<'runner:hello'>['agents'],
): void {
  const here = agentsOn(lobby, hostId);
  const agents = here
    .filter((row) => row.pending === null || hello.some((one) => one.agentUid === row.spec.agentUid))
    .map((row) => ({ ...wantedOf(lobby, row), ...listedOn(lobby.hosts.get(hostId), row) }));
  work.out.push({
    type: 'send-to-host',
    host: connection,
    message: { type: 'lobby:welcome', payload: { agents } },
  });
  for (const row of here) placeOnRunner(lobby, work, row);
}

/** P10: what a host that has lost its data is to start: a program that ran, or one that its policy brings back. */
function wantedOf(lobby: Lobby, { spec }: AgentRow): { wanted?: boolean } {
  const status = liveOf(lobby, spec.agentUid).report?.summary.status;
  if (status === undefined) return {};
  return { wanted: status === 'crashed' ? spec.restart !== 'never' : status !== 'stopped' };
}

function handleKeeperLink(lobby: Lobby, work: UnitOfWork, row: AgentRow, healthy: boolean): void {
  const live = liveOf(lobby, row.spec.agentUid);
  if (healthy === (live.healthySince !== null)) return;
  commit(lobby, { live: [{ ...live, healthySince: healthy ? work.now : null }] }, work);
  if (row.pending === null) work.out.push({ type: 'broadcast', message: agentStatus(lobby, row, work.now) });
}

function handlePlaced(lobby: Lobby, work: UnitOfWork, row: AgentRow, placed: Payload<'agent:placed'>): void {
  if (row.pending !== null) return completeCreate(lobby, work, row, placed);
  if (placed.error === undefined) return;
  // A new spec that the host cannot run: the agent goes on as it was, and viewers get an error.
  const { code, message } = placed.error;
  const payload = { agentId: row.spec.agentId, error: { code, message } };
  work.out.push({ type: 'broadcast', message: { type: 'agent:error', payload }, about: row.spec });
}

/** A socket is gone; only that of a host that is online matters here. */
export function handleDisconnect(lobby: Lobby, work: UnitOfWork, connection: ConnectionId): void {
  const host: OnlineHost | undefined = [...lobby.online.values()].find(
    (one) => one.connection === connection,
  );
  if (host === undefined) return;
  const { hostId } = host;
  const before = connectionsOn(lobby, hostId);
  lobby.online.delete(hostId);
  const row = lobby.hosts.get(hostId);
  if (row !== undefined) commit(lobby, { hosts: [{ ...row, lastSeen: work.now }] }, work);
  for (const agent of agentsOn(lobby, hostId)) {
    if (agent.pending !== null) undoCreate(lobby, work, agent, HOST_WENT_OFFLINE);
  }
  broadcastConnections(lobby, work, hostId, before);
}

const visibleOn = (lobby: Lobby, hostId: HostId) =>
  agentsOn(lobby, hostId).filter((row) => row.pending === null);

const connectionsOn = (lobby: Lobby, hostId: HostId) =>
  new Map(visibleOn(lobby, hostId).map((row) => [row.spec.agentUid, summaryOf(lobby, row).connection]));

/** Tells every dashboard which agents went on- or offline with their host. */
function broadcastConnections(
  lobby: Lobby,
  work: UnitOfWork,
  hostId: HostId,
  before: ReturnType<typeof connectionsOn>,
): void {
  for (const row of visibleOn(lobby, hostId)) {
    if (summaryOf(lobby, row).connection === before.get(row.spec.agentUid)) continue;
    work.out.push({ type: 'broadcast', message: agentStatus(lobby, row, work.now) });
  }
  for (const message of [agentList(lobby), hostList(lobby)]) work.out.push({ type: 'broadcast', message });
}
