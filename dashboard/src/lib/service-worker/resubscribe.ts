import * as z from 'zod/mini';
import type { WorkerScope } from './scope.ts';
import { keyBytes, wireOf } from './subscription.ts';

const KEY_PATH = '/api/push/key';
const PATH = '/api/push/subscriptions';
const KeySchema = z.object({ key: z.string() });

interface Change {
  readonly oldSubscription?: PushSubscription | null;
  readonly newSubscription?: PushSubscription | null;
}

/** A browser has replaced or ended its subscription: the server hears where to send from now on. */
export async function resubscribe(scope: WorkerScope, change: Change): Promise<void> {
  const subscription = change.newSubscription ?? (await subscribe(scope));
  const wire = wireOf(subscription, scope.navigator.userAgent);
  if (wire !== null) await post(scope, 'POST', wire);
  const old = change.oldSubscription?.endpoint;
  if (old !== undefined && old !== subscription.endpoint) await post(scope, 'DELETE', { endpoint: old });
}

async function subscribe(scope: WorkerScope): Promise<PushSubscription> {
  const answer = await scope.fetch(KEY_PATH);
  const { key } = KeySchema.parse(await answer.json());
  const applicationServerKey = keyBytes(key);
  return scope.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

/** Where the sign-in has run out, the next page that opens registers again. */
async function post(scope: WorkerScope, method: 'POST' | 'DELETE', body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await scope.fetch(PATH, { method, headers, body: JSON.stringify(body) });
}
