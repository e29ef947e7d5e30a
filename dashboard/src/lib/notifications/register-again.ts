import { ownSubscription, subscribe } from './subscribe.ts';
import { isPushWanted } from './wanted.ts';

/** C10: browsers replace and lose subscriptions, and servers forget them, so each page that loads registers its own again. */
export async function registerAgain(): Promise<void> {
  const isAllowed = 'Notification' in window && Notification.permission === 'granted';
  if (isPushWanted() && isAllowed) await subscribe();
}

/** A browser that is signed out is notified no longer; signing in again brings that back. */
export async function unsubscribe(): Promise<void> {
  const subscription = await ownSubscription().catch(() => null);
  await subscription?.unsubscribe().catch(() => false);
}
