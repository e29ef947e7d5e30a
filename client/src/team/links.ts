import type { ViewerMessage, WireError } from '@muster/protocol';
import {
  type ChannelEffect,
  type ChannelEvent,
  channelDeadline,
  handleChannel,
  isOpen,
  newChannel,
} from '../channel/index.ts';
import { serverTime } from '../connection/index.ts';
import { earliest } from '../earliest.ts';
import { handleTransport, type SelectionEvent } from '../transport/handle.ts';
import { transportOf } from '../transport/transport.ts';
import type { FeedEvents, MusterClientEvents } from '../types.ts';
import type { ChannelKey, Link, Reader, UnitOfWork } from './types.ts';

export const newLink = (key: ChannelKey, path: string): Link => ({
  key,
  path,
  channel: newChannel(),
  deadline: null,
});

/** Hands an event to a link's channel; `react` sees what its owner has to know. */
export function stepLink(
  work: UnitOfWork,
  link: Link,
  event: ChannelEvent,
  react: (effect: ChannelEffect) => void,
): void {
  const { now, wall, team, random, freshId, options } = work;
  const { ahead } = team.clock;
  const context = { now, wall, random, freshId, options, transport: transportOf(team.transport.choice) };
  const serverNow = serverTime(team.clock, now, wall);
  const known = { serverNow, serverTime: ahead === null ? null : serverNow };
  work.touched.add(link);
  for (const effect of handleChannel(link.channel, event, { ...context, ...known })) {
    passOn(work, link, effect);
    react(effect);
  }
}

function passOn(work: UnitOfWork, { key, path, channel }: Link, effect: ChannelEffect): void {
  switch (effect.type) {
    case 'get-token':
    case 'renew-token':
    case 'dial':
    case 'hang-up':
    case 'ping':
    case 'send':
      work.out.push({ ...effect, key, path });
      return;
    case 'opened':
      return stepTransport(work, { type: 'opened', transport: channel.transport });
    case 'unreachable':
      return stepTransport(work, { type: 'failed', transport: effect.transport });
    default:
      return;
  }
}

/** M10: one choice for all links. */
export function stepTransport(work: UnitOfWork, event: SelectionEvent): void {
  const { team, out } = work;
  for (const effect of handleTransport(team.transport, event, work)) {
    if (effect.type !== 'retire-polls') out.push(effect);
    else
      for (const { key, channel } of linksOf(work))
        if (channel.transport === 'poll') out.push({ type: 'retire', key });
  }
}

export const linksOf = ({ team }: Pick<UnitOfWork, 'team'>): Link[] => [team.lobby, ...team.rooms.values()];

/** Where nobody waits for an answer: not sent and not kept while there is no connection. */
export function send(work: UnitOfWork, link: Link, message: ViewerMessage, id?: string): void {
  const { key, path, channel } = link;
  if (isOpen(channel)) work.out.push({ type: 'send', key, path, message, id, askedAt: undefined });
}

export function emit<K extends keyof MusterClientEvents>(
  { out }: UnitOfWork,
  event: K,
  value: MusterClientEvents[K],
): void {
  out.push({ type: 'emit', event, value });
}

export function emitTo<K extends keyof FeedEvents>(
  { out }: UnitOfWork,
  reader: Reader | null,
  event: K,
  value: FeedEvents[K],
): void {
  if (reader !== null) out.push({ type: 'feed', feed: reader.feed, event, value });
}

/** Tells a person of an error that answers no request. */
export function notify(work: UnitOfWork, { message }: WireError, agentId?: string): void {
  emit(work, 'notice', { level: 'error', message, ...(agentId === undefined ? {} : { agentId }) });
}

/** Brings the deadlines of links in step that an event touched. */
export function updateDeadline(link: Link, own: number | null): void {
  link.deadline = earliest([channelDeadline(link.channel), own]);
}
