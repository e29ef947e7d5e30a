import { type ServerMessage, wireError } from '@muster/protocol';
import type { ChannelEffect, ChannelEvent } from '../channel/index.ts';
import { applyTeam } from '../stream/state.ts';
import { applyInbox } from '../stream/unread-inbox.ts';
import { emit, emitTo, notify, stepLink } from './links.ts';
import type { UnitOfWork } from './types.ts';

export const LOBBY_PATH = '/ws/dashboard';

export function stepLobby(work: UnitOfWork, event: ChannelEvent): void {
  stepLink(work, work.team.lobby, event, (effect) => react(work, effect));
}

function react(work: UnitOfWork, effect: ChannelEffect): void {
  switch (effect.type) {
    case 'opened':
      return emit(work, 'member', effect.ack.member);
    case 'changed':
      return emit(work, 'connection', work.team.lobby.channel.shown);
    case 'message':
      return handleMessage(work, effect.message);
    case 'fault':
      return notify(work, effect.error);
    case 'done':
    case 'failed':
      work.out.push(effect);
      return;
    default:
      return;
  }
}

function handleMessage(work: UnitOfWork, message: ServerMessage): void {
  const { team } = work;
  const before = team.list;
  team.list = applyTeam(before, message);
  if (team.list.agents !== before.agents) emit(work, 'agents', team.list.agents);
  if (team.list.hosts !== before.hosts) emit(work, 'hosts', team.list.hosts);
  switch (message.type) {
    case 'inbox:list':
    case 'inbox:changed':
      team.inbox = applyInbox(team.inbox, message);
      return emit(work, 'inbox', team.inbox);
    case 'attention:event':
      return emit(work, 'attention', message.payload);
    case 'member:changed':
      return emit(work, 'member', message.payload);
    case 'agent:deleted':
      return handleDeleted(work, message.payload.agentId);
    case 'system:message':
      return emit(work, 'notice', { level: 'info', message: message.payload.message });
    case 'agent:error': {
      const { agentId, error } = message.payload;
      return notify(work, wireError(error.code, error.message), agentId);
    }
    default:
      return;
  }
}

function handleDeleted(work: UnitOfWork, agentId: string): void {
  const error = wireError('AGENT_NOT_FOUND', `${agentId} was deleted`);
  for (const room of work.team.rooms.values())
    if (room.agentId === agentId) emitTo(work, room.reader, 'gone', error);
}
