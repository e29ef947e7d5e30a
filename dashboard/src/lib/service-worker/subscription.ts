/** A subscription as the server keeps it. */
export interface WireSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly device: string;
}

/** Characters of a browser's own name that are sent. */
const DEVICE_CHARS = 200;

/** Null where the browser gave no keys, so that nothing could be sent to it. */
export function wireOf(subscription: PushSubscription, device: string): WireSubscription | null {
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh, auth } = keys ?? {};
  if (endpoint === undefined || p256dh === undefined || auth === undefined) return null;
  return { endpoint, keys: { p256dh, auth }, device: device.slice(0, DEVICE_CHARS) };
}

/** What a subscription is bound to, of a key in base64url. */
export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
