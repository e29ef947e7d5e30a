import type { MemberClaims } from '../auth/claims.ts';
import { claimsOf } from '../auth/guard-member.ts';
import { type Env, lobbyOf } from '../env.ts';

/** How long what was said of somebody is passed on, ms: a room overrules what is older than a change for an hour (X5). */
const KNOWN = 1_800_000;

/** Who the client of a door is, who may be connected for much longer than the rooms remember changes. */
export class KnownClaims {
  readonly #env: Env;
  /** As they came with a token, and as they are known since `at`, ms. */
  #given: MemberClaims | null = null;
  #known: MemberClaims | null = null;
  #at = 0;

  constructor(env: Env) {
    this.#env = env;
  }

  /** Now. @throws Error when he is nobody any more, or the lobby cannot be reached */
  async of(given: MemberClaims, now: number): Promise<MemberClaims> {
    if (given !== this.#given) {
      this.#given = given;
      this.#known = given;
      this.#at = now;
    }
    if (this.#known === null || now - this.#at >= KNOWN) {
      const { member: memberId, sid, team, expiresAt } = given;
      const ask = { kind: 'session', memberId, sid } as const;
      const standing = await lobbyOf(this.#env, team).people('standing', ask);
      if (!standing.ok) throw new Error(standing.error.message);
      this.#known = claimsOf(team, standing.value, expiresAt);
      this.#at = now;
    }
    return this.#known;
  }
}
