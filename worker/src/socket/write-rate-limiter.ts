import { type MemberId, VIEWER_MESSAGES, type ViewerType, type WireError } from '@muster/protocol';
import { MemberRateLimiter } from './member-rate-limiter.ts';

/** X18: what one member may write at one object. All of it is refilled before an object that is not asked sleeps, so nothing is kept. */
export const WRITE_RATES = {
  act: { perSecond: 20, burst: 200 },
  resize: { perSecond: 30, burst: 300 },
} as const;

/** X18: the budgets of members for messages that write, over their sockets and calls at one object. */
export class WriteRateLimiter {
  readonly #rates = {
    act: new MemberRateLimiter(WRITE_RATES.act, 'actions'),
    resize: new MemberRateLimiter(WRITE_RATES.resize, 'sizes'),
  };

  /** Counts one more, where the table says so; why it is refused, or null. Commands are counted with what they store. */
  refusal(type: ViewerType, member: MemberId, now: number): WireError | null {
    const { bucket } = VIEWER_MESSAGES[type];
    return bucket === 'act' || bucket === 'resize' ? this.#rates[bucket].refusal(member, now) : null;
  }
}
