import { MIB } from '@muster/protocol';

/** S9: what is sent ahead to a client that acks nothing, in bytes of text and ms. */
export const PLAIN_CREDIT = {
  /** Since its last frame of any kind, a sign that it lives. */
  frame: 32 * MIB,
  /** To a silent client: so much at first, and again every … */
  silent: 8 * MIB,
  interval: 60_000,
  /** Overhead of a message beside its data. */
  envelope: 300,
} as const;

export interface PlainCredit {
  /** Bytes of text that may still be sent; none or less: its output waits. */
  readonly left: number;
  /** When it was last renewed, ms since 1970. */
  readonly since: number;
}

export const newCredit = (now: number): PlainCredit => ({ left: PLAIN_CREDIT.silent, since: now });

/** A frame came. */
export const fullCredit = (now: number): PlainCredit => ({ left: PLAIN_CREDIT.frame, since: now });

/** The credit after time has passed. */
export function renewCredit(credit: PlainCredit, now: number): PlainCredit {
  if (now - credit.since < PLAIN_CREDIT.interval) return credit;
  return { left: Math.max(credit.left, PLAIN_CREDIT.silent), since: now };
}

export const spendCredit = (credit: PlainCredit, bytes: number, now: number): PlainCredit => {
  const { left, since } = renewCredit(credit, now);
  return { left: left - bytes, since };
};

/** When time gives something to one that has nothing left, ms; null: it has. */
export const creditDeadline = ({ left, since }: PlainCredit): number | null =>
  left > 0 ? null : since + PLAIN_CREDIT.interval;

/** The size of these bytes as text of a JSON message, at most, if they are UTF-8. */
export function jsonBytes(data: Uint8Array): number {
  let bytes = data.length + PLAIN_CREDIT.envelope;
  for (const byte of data) {
    if (byte < 0x20) bytes += byte >= 0x08 && byte <= 0x0d && byte !== 0x0b ? 1 : 5;
    else if (byte === 0x22 || byte === 0x5c) bytes += 1;
  }
  return bytes;
}
