/** L: a token bucket; pure, so that time is the caller's. */
export interface Bucket {
  readonly tokens: number;
  /** ms since 1970 of the last refill. */
  readonly at: number;
  /** Refusals since the last success. */
  readonly refused: number;
}

export interface Rate {
  /** May be a fraction: 10 a minute are 10 / 60. */
  readonly perSecond: number;
  readonly burst: number;
}

export type Taken =
  | { readonly ok: true; readonly bucket: Bucket }
  | {
      readonly ok: false;
      readonly bucket: Bucket;
      /** ms until one message would be let through. */
      readonly retryAfter: number;
    };

export const fullBucket = (rate: Rate, now: number): Bucket => ({ tokens: rate.burst, at: now, refused: 0 });

/** What is lost to rounding when a fraction is summed up, tokens: who waited as long as he was told is let through. */
const ROUNDING = 1e-6;

/** Takes one token, after the refill that is due. A clock that went back refills nothing. */
export function take(bucket: Bucket, rate: Rate, now: number): Taken {
  const elapsed = Math.max(0, now - bucket.at);
  const tokens = Math.min(rate.burst, bucket.tokens + (elapsed * rate.perSecond) / 1000);
  if (tokens >= 1 - ROUNDING) return { ok: true, bucket: { tokens: tokens - 1, at: now, refused: 0 } };
  const retryAfter = Math.ceil(((1 - ROUNDING - tokens) * 1000) / rate.perSecond);
  return { ok: false, bucket: { tokens, at: now, refused: bucket.refused + 1 }, retryAfter };
}

/** Gives back the token of a message that is outside the limit (S8: flow:ack). */
export const refund = (bucket: Bucket, rate: Rate): Bucket => ({
  ...bucket,
  tokens: Math.min(rate.burst, bucket.tokens + 1),
});
