import { openOutbox } from '../outbox/index.ts';
import { PUSH } from './limits.ts';
import type { PushState, StoredPushes } from './types.ts';

/** The state after a load. */
export const openPushes = (
  rest: Pick<PushState, 'team' | 'lobby' | 'members'>,
  { subscriptions, settings, shown, entries }: StoredPushes,
): PushState => ({
  ...rest,
  subscriptions: new Map(subscriptions.map((row) => [row.subscriptionId, row])),
  settings: new Map(settings.map((row) => [row.memberId, row.settings])),
  shown: new Map(shown.map((row) => [row.permissionId, row])),
  outbox: openOutbox(PUSH.outbox, entries),
});
