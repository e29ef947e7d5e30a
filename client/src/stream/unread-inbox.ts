import type { ServerMessage } from '@muster/protocol';
import type { UnreadInbox } from '../types.ts';

type InboxMessage = Extract<ServerMessage, { readonly type: 'inbox:list' | 'inbox:changed' }>;

/** C7: the lobby's list as it is after this message. What has no id is none of it. */
export function applyInbox(inbox: UnreadInbox, message: InboxMessage): UnreadInbox {
  if (message.type === 'inbox:list') return new Map(entriesOf(message.payload.requests));
  const { permissionId, request } = message.payload;
  const next = new Map(inbox);
  if (request === null) next.delete(permissionId);
  else next.set(permissionId, request);
  return next;
}

/** Only the ids are read here. */
function* entriesOf(requests: unknown): Generator<readonly [string, unknown]> {
  if (!Array.isArray(requests)) return;
  for (const request of requests as unknown[]) {
    if (typeof request !== 'object' || request === null || !('permissionId' in request)) continue;
    if (typeof request.permissionId === 'string') yield [request.permissionId, request];
  }
}
