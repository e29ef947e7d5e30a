import {
  type AgentState,
  type AgentSummary,
  kindForOlderClients,
  type RoomSummary,
  type ServerMessage,
} from '@muster/protocol';
import { activeCommands, commandsOf } from '../commands/index.ts';
import { activeTurns, pendingCount } from '../conversations/index.ts';
import { publicLease } from '../driver/index.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { activityOf } from './activity.ts';

/** R3: the room's half of the agent's summary. */
export function summaryOf(room: RoomState, durable: Durable): RoomSummary {
  const { status, pid, exitCode, signal, startedAt, crashes } = durable.program;
  const runningCommands = activeCommands(room);
  return {
    status,
    busy: runningCommands > 0 || activeTurns(room) > 0,
    ...(pid === undefined ? {} : { pid }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(crashes === undefined ? {} : { crashes }),
    lastActivity: activityOf(room, durable),
    queueLength: durable.queue.length,
    runningCommands,
    pendingPermissions: pendingCount(room),
    viewers: room.watching,
    ...(durable.keyboard.driver === null ? {} : { driver: durable.keyboard.driver.memberId }),
    ...(durable.attention === null ? {} : { attention: durable.attention }),
  };
}

export function agentSummary(room: RoomState, durable: Durable): AgentSummary {
  const { agentId, agentUid, name, kind, hostId, labels } = durable.placement.spec;
  return {
    agentId,
    agentUid,
    name,
    kind,
    hostId,
    labels,
    connection: durable.keeperOnline ? 'online' : 'offline',
    ...summaryOf(room, durable),
  };
}

/** S6: the state and the place in the stream it belongs to. */
/** R1; null: it is no agent's room. */
export const currentState = (room: RoomState): AgentState | null =>
  room.durable === null ? null : agentState(room, room.durable);

function agentState(room: RoomState, durable: Durable): AgentState {
  const { spec } = durable.placement;
  const commands = commandsOf(room, durable);
  return {
    agentId: spec.agentId,
    agentUid: spec.agentUid,
    revision: durable.revision,
    asOf: durable.epoch === null ? null : { epoch: durable.epoch, sequence: room.next - 1 },
    agent: agentSummary(room, durable),
    ...(spec.program === undefined ? {} : { program: spec.program }),
    workspace: spec.workspace,
    restart: spec.restart,
    kind: spec.kind,
    terminal: durable.terminal,
    ...(durable.keeperAnswers === null ? {} : { keeperAnswers: durable.keeperAnswers }),
    ...(spec.recording === undefined ? {} : { recording: spec.recording }),
    ...(spec.redaction === undefined ? {} : { redaction: spec.redaction }),
    ...(durable.program.reason === undefined ? {} : { reason: durable.program.reason }),
    ...(durable.terminal === null ? {} : { keyboard: publicLease(durable.keyboard) }),
    ...(commands === null ? {} : { commands }),
  };
}

/** C4: the same for a client that knows no conversations. */
const forOlderClients = (state: AgentState): AgentState => ({
  ...state,
  kind: kindForOlderClients(state.kind),
  agent: { ...state.agent, kind: kindForOlderClients(state.agent.kind) },
});

/** As this viewer knows agents. */
export function stateFor({ chats }: Viewer, room: RoomState, durable: Durable): AgentState {
  const state = agentState(room, durable);
  return chats ? state : forOlderClients(state);
}

export const stateMessage = (viewer: Viewer, room: RoomState, durable: Durable): ServerMessage => ({
  type: 'agent:state',
  payload: stateFor(viewer, room, durable),
});

function statusMessage(durable: Durable, agent: AgentSummary, now: number): ServerMessage {
  const { status, pid, startedAt, exitCode, signal, reason } = durable.program;
  return {
    type: 'agent:status',
    payload: {
      agentId: agent.agentId,
      status,
      connection: agent.connection,
      details: {
        ...(pid === undefined ? {} : { pid }),
        ...(startedAt === undefined ? {} : { uptime: Math.max(0, now - startedAt) }),
        lastActivity: agent.lastActivity,
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(signal === undefined ? {} : { signal }),
        ...(reason === undefined ? {} : { reason }),
      },
      agent,
      revision: durable.revision,
    },
  };
}

/** M7: sends the status to every socket of the room at once. */
export function announceStatus(work: UnitOfWork, durable: Durable): void {
  const agent = agentSummary(work.room, durable);
  const message = statusMessage(durable, agent, work.now);
  const older = statusMessage(durable, { ...agent, kind: kindForOlderClients(agent.kind) }, work.now);
  for (const [to, { chats }] of work.room.viewers)
    work.afterCommit.push({ type: 'send', to, message: chats ? message : older });
}
