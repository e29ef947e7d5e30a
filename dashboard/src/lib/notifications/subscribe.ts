import { err, ok, type Result, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { send } from '../rest/send.ts';
import { keyBytes, wireOf } from '../service-worker/subscription.ts';
import { registerWorker } from './register-worker.ts';

export const SUBSCRIPTIONS_PATH = '/api/push/subscriptions';
const KeySchema = z.object({ key: z.string().min(1) });

export const forgetSubscription = (endpoint: string): Promise<Result<unknown, WireError>> =>
  send('DELETE', SUBSCRIPTIONS_PATH, { endpoint }, z.unknown());

/** To all of one's devices, 3 s later: time to lock a phone. */
export const sendTest = (): Promise<Result<unknown, WireError>> =>
  send('POST', '/api/push/test', {}, z.unknown());

/** This browser's own subscription; null: it has none. */
export async function ownSubscription(): Promise<PushSubscription | null> {
  if (!('serviceWorker' in navigator)) return null;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

/** Subscribes this browser and tells the server, which hears it again and again without harm. */
export async function subscribe(): Promise<Result<PushSubscription, WireError>> {
  const key = await get('/api/push/key', {}, KeySchema);
  if (!key.ok) return key;
  const registration = await registerWorker();
  if (registration === null) return refused('This browser does not start Muster’s service worker.');
  await navigator.serviceWorker.ready;
  try {
    const subscription = await freshSubscription(registration, keyBytes(key.value.key));
    const told = await tellServer(subscription);
    return told.ok ? ok(subscription) : told;
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason);
    return refused(
      `This browser did not subscribe to its push service (${why}). Try again, or another browser.`,
    );
  }
}

/** A subscription that is bound to another key, of another server, is of no use. */
async function freshSubscription(
  { pushManager }: ServiceWorkerRegistration,
  applicationServerKey: Uint8Array<ArrayBuffer>,
): Promise<PushSubscription> {
  const old = await pushManager.getSubscription();
  const bound = old?.options.applicationServerKey;
  if (old !== null && bound && isSame(new Uint8Array(bound), applicationServerKey)) return old;
  await old?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

async function tellServer(subscription: PushSubscription): Promise<Result<unknown, WireError>> {
  const wire = wireOf(subscription, navigator.userAgent);
  return wire === null
    ? refused('This browser gave no key to encrypt with. Try another browser.')
    : send('POST', SUBSCRIPTIONS_PATH, wire, z.unknown());
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

const refused = (message: string) => err(wireError('SERVICE_UNAVAILABLE', message));
