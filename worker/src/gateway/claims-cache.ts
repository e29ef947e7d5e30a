import type { MemberClaims } from '../auth/claims.ts';
import { claimsOf } from '../auth/guard-member.ts';
import { type Env, lobbyOf } from '../env.ts';

/**
 * How long claims are reused, ms. A room overrules claims that are older than a change it received, but a
 * room that was made since never received it (X5).
 */
const CLAIMS_TTL = 5_000;

/**
 * The current claims of a gateway's client: it may be connected for long, and dials a room for each agent
 * that is created meanwhile.
 */
export class ClaimsCache {
  readonly #env: Env;
  /** As they came with a token, and as they are known since `at`, ms. */
  #given: MemberClaims | null = null;
  #known: Promise<MemberClaims> | null = null;
  #at = 0;

  constructor(env: Env) {
    this.#env = env;
  }

  /**
   * Concurrent calls share one request. @throws Error when the sign-in has ended, or the lobby cannot be
   * reached
   */
  async current(given: MemberClaims, now: number): Promise<MemberClaims> {
    const isNew = given !== this.#given;
    if (isNew || this.#known === null || now - this.#at >= CLAIMS_TTL) {
      this.#given = given;
      this.#at = now;
      this.#known = isNew ? Promise.resolve(given) : this.#resolve(given);
    }
    return this.#known;
  }

  async #resolve({ member: memberId, sid, team, expiresAt }: MemberClaims): Promise<MemberClaims> {
    try {
      const ask = { kind: 'session', memberId, sid } as const;
      const rights = await lobbyOf(this.#env, team).people('standing', ask);
      if (!rights.ok) throw new Error(rights.error.message);
      return claimsOf(team, rights.value, expiresAt);
    } catch (error) {
      // Asked again by the next dial: the lobby may only have been away.
      this.#known = null;
      throw error;
    }
  }
}
