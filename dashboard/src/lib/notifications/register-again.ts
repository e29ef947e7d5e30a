import * as z from 'zod';
import { get } from '../rest/get.ts';
import { ownSubscription, SUBSCRIPTIONS_PATH, subscribe } from './subscribe.ts';
import { wantedPush, wantPush } from './wanted.ts';

const EndpointsSchema = z.object({ subscriptions: z.array(z.object({ endpoint: z.string() })) });

/**
 * C10: a browser replaces and loses subscriptions, so each page that loads registers a new one of its member's. One
 * that the server was told and no longer lists was removed by its owner, elsewhere: it stays off.
 */
export async function registerAgain(memberId: string): Promise<void> {
  const wanted = wantedPush();
  const isAllowed = 'Notification' in window && Notification.permission === 'granted';
  if (wanted?.memberId !== memberId || !isAllowed) return;
  const subscription = await ownSubscription();
  if (subscription?.endpoint !== wanted.endpoint) {
    const fresh = await subscribe();
    if (fresh.ok) wantPush({ memberId, endpoint: fresh.value.endpoint });
    return;
  }
  const listed = await get(SUBSCRIPTIONS_PATH, {}, EndpointsSchema);
  if (!listed.ok || listed.value.subscriptions.some(({ endpoint }) => endpoint === wanted.endpoint)) return;
  wantPush(null);
  await subscription.unsubscribe();
}

/** A browser that is signed out is notified no longer; signing in again brings that back. */
export async function unsubscribe(): Promise<void> {
  const subscription = await ownSubscription().catch(() => null);
  await subscription?.unsubscribe().catch(() => false);
}
