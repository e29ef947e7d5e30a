import { err, type Result, type WireError, wireError } from '@muster/protocol';
import type { Env } from '../env.ts';
import { addressOf } from '../socket/handshake.ts';
import { AttemptCounter } from './attempt-counter.ts';

/** As ATTEMPTS in wrangler.toml. A caller that waits `period` (ms) may try again, whenever in it they were refused. */
const ATTEMPTS = { attempts: 20, period: 60_000, callers: 20_000 } as const;
/** How long an attempt waits for the ones before it, and how often it looks, ms. */
const ADMISSION_WAIT = { most: 5_000, look: 25 } as const;

/** The attempts that this isolate has counted. */
const attempts = new AttemptCounter(ATTEMPTS);
/** Refusals that were counted: one attempt is one, whichever layer sees it next. */
const counted = new WeakSet<WireError>();
const IPV6_GROUPS = 8;
/** A provider gives each customer at least this much of IPv6: 64 bits. */
const IPV6_NETWORK_GROUPS = 4;

/** The network of an address: the address itself, or its /64, since nobody has a single address of IPv6. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const missing = tail === undefined ? 0 : IPV6_GROUPS - (first?.length ?? 0) - (last?.length ?? 0);
  const groups = [
    ...(first ?? []),
    ...Array.from({ length: Math.max(0, missing) }, () => '0'),
    ...(last ?? []),
  ];
  const network = groups.slice(0, IPV6_NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

const tooMany = (): WireError =>
  wireError('RATE_LIMIT', 'too many attempts without a good token from this address', {
    retryAfter: ATTEMPTS.period,
  });

type Limiter = Pick<Env, 'ATTEMPTS'>;

/** One more of this caller failed, here and at the platform. Null: it was not one too many. */
async function failed(env: Limiter, caller: string, now: number): Promise<WireError | null> {
  const { success } = await env.ATTEMPTS.limit({ key: caller });
  if (success) return null;
  attempts.block(caller, now);
  return tooMany();
}

/**
 * L, X10: counts one unauthenticated attempt of this address, in this isolate and by the platform, so that it
 * wakes no object (G3). Null: it may proceed. Without Cloudflare the address is unknown, and nothing is
 * counted.
 */
export async function countAttempt(
  request: Request,
  env: Limiter,
  now: number = Date.now(),
): Promise<WireError | null> {
  const address = addressOf(request.headers);
  if (address === null) return null;
  const caller = networkOf(address);
  if (attempts.isBlocked(caller, now)) return tooMany();
  attempts.fail(caller, now);
  return failed(env, caller, now);
}

/** Why an attempt failed, or that there were too many. */
export async function failedAttempt(request: Request, env: Limiter, error: WireError): Promise<WireError> {
  return counted.has(error) ? error : ((await countAttempt(request, env)) ?? error);
}

/** Says nothing of the caller: it is none of their doing, or they are known and only come too often. */
const NOT_A_FAILURE: ReadonlySet<WireError['code']> = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMIT']);

/**
 * The key that an attempt is counted under: an address, or a sign-in, host or token proved by its signature.
 */
export const callerAt = (address: string | null): string | null =>
  address === null ? null : networkOf(address);

/**
 * X14: asks an object about a caller that may turn out to be unknown. The attempt is counted first, and taken
 * back if it succeeds; over the limit the object is not asked. While as many attempts as may fail are
 * pending, others wait for them, since all of them may succeed. `caller` null: unknown, and not counted.
 */
export async function attempt<T>(
  env: Limiter,
  caller: string | null,
  ask: () => Promise<Result<T, WireError>>,
): Promise<Result<T, WireError>> {
  if (caller === null) return ask();
  if (!(await admitted(caller))) return refused(tooMany());
  let result: Result<T, WireError>;
  try {
    result = await ask();
  } catch (error) {
    // An unreachable object says nothing about the caller.
    attempts.complete(caller, false, Date.now());
    throw error;
  }
  const isFailure = !result.ok && !NOT_A_FAILURE.has(result.error.code);
  attempts.complete(caller, isFailure, Date.now());
  if (result.ok || !isFailure) return result;
  return refused((await failed(env, caller, Date.now())) ?? result.error);
}

function refused(error: WireError): Result<never, WireError> {
  // A copy: some errors are constants, and what was counted is this one.
  const own = { ...error };
  counted.add(own);
  return err(own);
}

async function admitted(caller: string): Promise<boolean> {
  for (let waited = 0; waited <= ADMISSION_WAIT.most; waited += ADMISSION_WAIT.look) {
    const admission = attempts.admit(caller, Date.now());
    if (admission !== 'wait') return admission === 'go';
    await new Promise((resolve) => setTimeout(resolve, ADMISSION_WAIT.look));
  }
  return false;
}

/**
 * L, X14: counts a request that anyone may make. Each `what` has its own bucket for an address, so that one
 * kind of request does not block another, or signing in. Null: it may be answered.
 */
export async function countOpen(
  { headers }: Request,
  { OPEN }: Pick<Env, 'OPEN'>,
  what: string,
): Promise<WireError | null> {
  const address = addressOf(headers);
  if (address === null || OPEN === undefined) return null;
  const { success } = await OPEN.limit({ key: `${what} ${networkOf(address)}` });
  if (success) return null;
  const details = { retryAfter: ATTEMPTS.period };
  return wireError('RATE_LIMIT', 'too many requests from this address; wait a minute', details);
}

/** Whether a request brought a token that a browser does not add by itself. */
export const bringsToken = ({ url, headers }: Request): boolean =>
  headers.has('authorization') || new URL(url).searchParams.has('token');
