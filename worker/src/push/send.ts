import { encode } from './base64url.ts';
import { type DeviceKeys, encryptPush, freshKeys } from './encrypt.ts';

/** How long a push service has to answer, ms. */
const TIMEOUT = 10_000;
/** The longest wait that a push service may ask for, ms. */
const LONGEST_WAIT = 3_600_000;
const TOPIC_BYTES = 24;

export interface Push {
  readonly endpoint: string;
  readonly keys: DeviceKeys;
  readonly text: string;
  /** ms. */
  readonly ttl: number;
  readonly urgency: 'high' | 'normal';
  /** A push that waits at the service is replaced by one with the same. */
  readonly tag: string;
  readonly authorization: string;
}

export interface PushAnswer {
  /** Null: none came. */
  readonly status: number | null;
  /** ms. */
  readonly retryAfter?: number;
}

/** RFC 8030: 32 characters of base64url at most. */
async function topicOf(tag: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(tag));
  return encode(digest.slice(0, TOPIC_BYTES));
}

/** Seconds, or a date. */
function retryAfterOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) && wait > 0 ? Math.min(wait, LONGEST_WAIT) : undefined;
}

/** RFC 8030: one push to one device. Whatever happens is an answer. */
export async function sendPush(push: Push, now: number): Promise<PushAnswer> {
  // Cleared when it is over: a timer that runs on keeps an object awake that has nothing to do.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT);
  try {
    const response = await fetch(push.endpoint, {
      method: 'POST',
      redirect: 'manual',
      signal: late.signal,
      headers: {
        authorization: push.authorization,
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        ttl: String(Math.floor(push.ttl / 1000)),
        urgency: push.urgency,
        topic: await topicOf(push.tag),
      },
      body: await encryptPush(push.text, push.keys, await freshKeys()),
    });
    await response.body?.cancel();
    const retryAfter = retryAfterOf(response.headers.get('retry-after'), now);
    return { status: response.status, ...(retryAfter === undefined ? {} : { retryAfter }) };
  } catch {
    return { status: null };
  } finally {
    clearTimeout(timer);
  }
}
