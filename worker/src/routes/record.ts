import type { AuditEntry, WireError } from '@muster/protocol';
import { type Actor, type Asked, draft, settled } from '../audit/entry.ts';
import { addressOf } from '../socket/handshake.ts';
import type { AppContext } from './app.ts';

/** X8: what a route itself did, or refused. `actor` null: a host. */
export function entryOf(
  context: AppContext,
  actor: Actor | null,
  asked: Asked,
  error?: WireError,
): AuditEntry {
  const from = actor ?? { id: null, name: '', role: null };
  return settled(draft({ ...from, address: addressOf(context.req.raw.headers) }, asked), error, Date.now());
}
