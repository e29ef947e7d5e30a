import { CLOSE } from '@muster/protocol';
import type { RightsChange } from '../../auth/claims.ts';
import { earliest } from '../../socket/deadlines.ts';
import { handleAuditAck, sendAudit } from './audit/index.ts';
import {
  commandsDeadline,
  handleStepsWritten,
  sendCommands,
  startNext,
  timeOutCommands,
} from './commands/index.ts';
import {
  conversationsDeadline,
  conversationsWait,
  expireConversations,
  leaveAll,
  listMessage,
  promptNext,
  sendConversations,
} from './conversations/index.ts';
import { erase, handleDeletion } from './deletion.ts';
import {
  enforceLease,
  handleClientConnected,
  handleClientDisconnected,
  leaseDeadline,
} from './driver/index.ts';
import { expireFiles, filesDeadline } from './files/index.ts';
import { askHost } from './host-queries/index.ts';
import {
  flushIfOld,
  handleBatch,
  handleKeeperDisconnected,
  handleKeeperMessage,
  handleSnapshot,
} from './keeper/index.ts';
import { handleHostKey, handlePlacement } from './placement.ts';
import { expireRecording, recordingDeadline } from './recording/index.ts';
import {
  handleAgentWritten,
  handleReportAck,
  reportChange,
  restoreReport,
  retryReport,
  sendPresence,
  stateMessage,
} from './reporting/index.ts';
import { expireRequests, requestsDeadline } from './requests/index.ts';
import { newViewer, type RoomState } from './state.ts';
import type { ConnectionId, Context, Effect, Member, RoomEvent } from './types.ts';
import { UnitOfWork } from './unit-of-work.ts';
import {
  admissionRefusal,
  closeSilentSockets,
  handleInputFrame,
  handleUpload,
  handleViewerMessage,
} from './viewers/index.ts';

/**
 * The room's whole behaviour: one event in, effects out, in the order they are to be performed. It knows
 * no clock, no socket and no SQL; a simulator runs it as it is.
 */
export function handle(room: RoomState, event: RoomEvent, context: Context): Effect[] {
  const work = new UnitOfWork(room, context);
  if (room.sentSummary === null) restoreReport(work);
  const revision = room.durable?.revision;
  flushIfOld(work);
  enforceLease(work);
  const { tail } = room;
  dispatch(work, event);
  if (isOutput(event) && work.isEmpty && room.tail === tail && !awaitsStart(room) && !conversationsWait(room))
    return work.effects();
  room.deadline = null;
  startNext(work);
  promptNext(work);
  sendCommands(work);
  sendConversations(work);
  sendPresence(work);
  if (work.summaryDirty) reportChange(work, room.durable?.revision !== revision);
  sendAudit(work);
  return work.effects();
}

/** The most frequent events. Most of them change nothing that the later steps of `handle` read. */
const isOutput = (event: RoomEvent): boolean =>
  event.type === 'batch' || (event.type === 'viewer-message' && event.message.type === 'flow:ack');

/** Q5: whether a queued command waits for output that the keeper still has to send. */
const awaitsStart = ({ durable, keeper }: RoomState): boolean =>
  (durable?.queue.length ?? 0) > 0 && keeper?.awaits !== null;

function dispatch(work: UnitOfWork, event: RoomEvent): void {
  const { room } = work;
  const { durable } = room;
  switch (event.type) {
    case 'placed':
      return handlePlacement(work, event);
    case 'host-key-changed':
      return handleHostKey(work, event);
    case 'viewer-joined':
      return handleJoin(work, event);
    case 'member-renewed':
      return handleRenewal(work, event);
    case 'rights-changed':
      return handleRightsChange(work, event.changes);
    case 'admission-requested':
      return dropSilentViewers(work, event.member);
    case 'viewer-message': {
      const viewer = room.viewers.get(event.connection);
      if (viewer !== undefined && durable !== null) handleViewerMessage(work, durable, viewer, event);
      return;
    }
    case 'viewer-input': {
      const viewer = room.viewers.get(event.connection);
      if (viewer !== undefined && durable !== null) handleInputFrame(work, viewer, event.frame);
      return;
    }
    case 'file-uploaded': {
      const viewer = room.viewers.get(event.connection);
      if (viewer !== undefined) handleUpload(work, viewer, event);
      return;
    }
    case 'host-asked':
      return askHost(work, event.queryId, event.query);
    case 'disconnected':
      handleLeave(work, event.connection);
      if (room.keeper?.connection === event.connection) handleKeeperDisconnected(work);
      return;
    case 'keeper-message':
      return handleKeeperMessage(work, event.connection, event.message);
    case 'batch':
      // N2: frames of an older socket, in flight when a newer one sent its hello, are ignored.
      if (room.keeper?.connection !== event.connection || durable === null) return;
      if (event.header.kind === 'snapshot') return handleSnapshot(work, durable, event.header, event.bytes);
      return handleBatch(work, durable, event.header, event.bytes);
    case 'report-acked':
      return handleReportAck(work, event.revision);
    case 'audit-acked':
      return handleAuditAck(work, event.acked);
    case 'steps-written':
      return handleStepsWritten(work, event);
    case 'agent-written':
      return handleAgentWritten(work, event.agent);
    case 'deleted':
      return handleDeletion(work, event.agentUid);
    case 'flushed':
      return erase(work);
    case 'alarm':
      expireRequests(work);
      timeOutCommands(work);
      expireConversations(work);
      expireFiles(work);
      expireRecording(work);
      return retryReport(work);
  }
}

function dropSilentViewers(work: UnitOfWork, member: Pick<Member, 'id' | 'role'>): void {
  for (const { connection } of closeSilentSockets(work, member)) handleLeave(work, connection);
}

/** M11, X5: the viewer goes on with their new claims. */
function handleRenewal(
  work: UnitOfWork,
  { connection, member }: Extract<RoomEvent, { type: 'member-renewed' }>,
): void {
  const viewer = work.room.viewers.get(connection);
  if (viewer === undefined) return;
  const { role, name } = viewer.member;
  // X5: watchers are shown with their roles.
  if (viewer.subscription !== null && (role !== member.role || name !== member.name))
    work.watchersChanged = true;
  viewer.member = member;
  handleClientConnected(work, viewer);
}

/** X5. Nobody is in the room of no agent, and a tombstone keeps nothing (N1). */
function handleRightsChange(work: UnitOfWork, changes: readonly RightsChange[]): void {
  if (work.room.durable === null) return;
  work.afterCommit.push({ type: 'cache-rights', changes }, { type: 'reauthorize', changes });
}

function handleJoin(work: UnitOfWork, event: Extract<RoomEvent, { type: 'viewer-joined' }>): void {
  const { room } = work;
  const { connection, member } = event;
  if (room.durable === null) {
    work.afterCommit.push({ type: 'close', connection, code: CLOSE.notFound, reason: 'AGENT_NOT_FOUND' });
    return;
  }
  if (event.socketless !== true) dropSilentViewers(work, member);
  if (event.socketless !== true && admissionRefusal(room, member) !== null) {
    work.afterCommit.push({
      type: 'close',
      connection,
      code: CLOSE.tryAgainLater,
      reason: 'RESOURCE_EXHAUSTED',
    });
    return;
  }
  const { total } = room.flow;
  const viewer = newViewer(
    { connection, member, subscription: null, chats: event.chats === true },
    total,
    event.socketless,
  );
  room.viewers.set(connection, viewer);
  handleClientConnected(work, viewer);
  work.afterCommit.push({ type: 'send', to: connection, message: stateMessage(viewer, room, room.durable) });
  if (viewer.chats && room.durable.placement.spec.kind === 'acp')
    work.afterCommit.push({ type: 'send', to: connection, message: listMessage(room, room.durable) });
}

function handleLeave(work: UnitOfWork, connection: ConnectionId): void {
  const { viewers } = work.room;
  const viewer = viewers.get(connection);
  if (viewer === undefined) return;
  viewers.delete(connection);
  work.summaryDirty = true;
  if (viewer.subscription !== null) {
    work.watchersChanged = true;
    work.room.watching -= 1;
  }
  leaveAll(work, viewer);
  handleClientDisconnected(work, viewer);
}

/** H2: when the room next has something to do by itself, ms since 1970; null: never. */
export function nextDeadline(room: RoomState): number | null {
  room.deadline ??= { at: earliestDeadline(room) };
  return room.deadline.at;
}

/** Computes it from the whole state, which can hold 1,000 requests and 100 commands. */
export function earliestDeadline(room: RoomState): number | null {
  return earliest([
    requestsDeadline(room),
    commandsDeadline(room),
    conversationsDeadline(room),
    filesDeadline(room),
    room.reportAt,
    leaseDeadline(room),
    room.presence.dueAt,
    room.audit.retryAt,
    recordingDeadline(room),
  ]);
}
