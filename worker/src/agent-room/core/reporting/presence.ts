import { LIMITS, type ServerMessage, type Watcher } from '@muster/protocol';
import { clientOf, isHeldBy } from '../driver/index.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

const keyOf = ({ member }: Viewer) => `${member.id} ${member.clientId}`;

/** The watching clients, each once: the driver first, then those that ask for the lease, so that a cut list has them. */
function watchingViewers(room: RoomState, { keyboard }: Durable): Viewer[] {
  const clients = new Map<string, Viewer>();
  for (const viewer of room.viewers.values()) {
    const holds = isHeldBy(keyboard.driver, viewer.member);
    if ((viewer.subscription !== null || holds) && !viewer.socketless) clients.set(keyOf(viewer), viewer);
  }
  const countByMember = new Map<string, number>();
  // X19: a member's second page comes behind everyone's first, so that a list that is cut has as many members as it can.
  const nth = new Map(
    [...clients.values()].map((viewer) => {
      const before = countByMember.get(viewer.member.id) ?? 0;
      countByMember.set(viewer.member.id, before + 1);
      return [viewer, before] as const;
    }),
  );
  const rank = (viewer: Viewer) =>
    isHeldBy(keyboard.driver, viewer.member)
      ? -2
      : keyboard.asking.some((client) => isHeldBy(client, viewer.member))
        ? -1
        : (nth.get(viewer) ?? 0);
  return [...clients.values()].sort((left, right) => rank(left) - rank(right));
}

function presenceMessage(room: RoomState, durable: Durable): ServerMessage {
  const clients = watchingViewers(room, durable);
  const watchers: Watcher[] = clients.slice(0, LIMITS.watchersListed).map(({ member }) => ({
    ...clientOf(member),
    role: member.role,
    driving: isHeldBy(durable.keyboard.driver, member),
  }));
  const { agentId } = durable.placement.spec;
  return { type: 'presence:update', payload: { agentId, watchers, total: clients.length } };
}

/**
 * R1: presence is not stored; all watchers get the whole list. In a crowded room they get it at most once in
 * `presenceEvery`, and newcomers at once: a thousand that come back cost a thousand lists,
 * not a thousand times a thousand.
 */
export function sendPresence(work: UnitOfWork): void {
  const { room } = work;
  const { durable, presence } = room;
  const due = presence.dueAt !== null && presence.dueAt <= work.now;
  if (durable === null || !(work.watchersChanged || due)) return;
  const watchers = [...room.viewers.values()].filter(({ subscription }) => subscription !== null);
  const next = presence.sentAt + ROOM_LIMITS.presenceEvery;
  const crowded = watchers.length > ROOM_LIMITS.presenceAtOnce && work.now < next;
  if (crowded) presence.dueAt = next;
  else room.presence = { sentAt: work.now, dueAt: null };
  const to = crowded ? work.newcomers : watchers.map(({ connection }) => connection);
  if (to.length === 0) return;
  const message = presenceMessage(room, durable);
  for (const connection of to) work.afterCommit.push({ type: 'send', to: connection, message });
}
