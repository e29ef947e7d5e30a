import { ClientIdSchema, MemberIdSchema } from '@muster/protocol';
import { ROOM_LIMITS } from '../../worker/src/agent-room/core/limits.ts';
import type { RoomState } from '../../worker/src/agent-room/core/state.ts';
import type { KeeperAttachment, Subscription } from '../../worker/src/agent-room/core/types.ts';
import type { Checks } from './checks.ts';
import { type Credit, endOf } from './credit.ts';
import type { Link } from './link.ts';

/** A room's end of a socket, with its attachment. */
export interface Socket {
  readonly link: Link;
  readonly credit: Credit;
  subscription: Subscription | null;
  /** Of a keeper that said hello. */
  hello: KeeperAttachment | null;
  /** S14: whether the room had one when it last subscribed. */
  hadSnapshot: boolean;
}
type Sockets = ReadonlyMap<string, Socket>;

const ADA = MemberIdSchema.parse('ada');
export const memberOf = ({ client }: Link) => ({
  id: ADA,
  name: 'Ada',
  role: 'admin' as const,
  clientId: ClientIdSchema.parse(client),
});

/** Who is there when a room wakes, as the attachments say. */
export function restoredSockets(sockets: Sockets) {
  const viewers = [...sockets].flatMap(([connection, { link, subscription }]) =>
    link.role === 'viewer' ? [{ connection, member: memberOf(link), subscription }] : [],
  );
  const [connection, socket] = [...sockets].findLast(([, { hello }]) => hello !== null) ?? [];
  const keeper =
    connection === undefined
      ? null
      : {
          connection,
          takesFrames: socket?.hello?.takesFrames === true,
          endsInput: socket?.hello?.endsInput === true,
        };
  return { viewers, keeper };
}

/** S8: a viewer with 1 MiB in flight, or as much more as its prompt acks have earned it, gets at most one message more. */
export function forward(
  sockets: Sockets,
  checks: Checks,
  { viewers }: RoomState,
  to: readonly string[],
  bytes: Uint8Array,
): void {
  const end = endOf(bytes);
  for (const connection of to) {
    const socket = sockets.get(connection);
    if (socket === undefined) continue;
    const { credit } = socket;
    const window = Math.min(viewers.get(connection)?.window ?? 0, ROOM_LIMITS.maxWindowBytes);
    checks.hold(
      'S8',
      credit.bytes <= Math.max(ROOM_LIMITS.parkBytes, window),
      () => `${connection} owes ${credit.bytes} bytes and is sent more`,
    );
    credit.sent(end, bytes.length);
    socket.link.toClient.push(bytes);
  }
}

/** S7: what a socket's attachment says is where the core has its viewer. */
export function holdAttachments(sockets: Sockets, checks: Checks, { viewers }: RoomState): void {
  for (const [connection, { subscription }] of sockets) {
    const viewer = viewers.get(connection);
    if (viewer === undefined) continue;
    checks.hold('S7', viewer.subscription === subscription, () => `the attachment of ${connection} is stale`);
  }
}
