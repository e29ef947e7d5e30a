import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { MemberIdSchema, type Role, TeamIdSchema } from '@muster/protocol';
import { signingKey, signToken } from '../src/auth/tokens.ts';

function ownerName(): string {
  try {
    return userInfo().username.slice(0, 100);
  } catch {
    return 'owner';
  }
}

/** Speaks for the owner of a data directory: whoever can read its key. */
export class Owner {
  readonly team: string;
  readonly #key: Uint8Array;
  readonly #body;

  constructor(key: string, team: string) {
    const role: Role = 'admin';
    this.team = team;
    this.#key = signingKey(key);
    this.#body = {
      sub: MemberIdSchema.parse('owner'),
      team: TeamIdSchema.parse(team),
      role,
      name: ownerName(),
    };
  }

  /** A one-time link that signs the owner in. `now`: ms since 1970. */
  async link(url: string, now: number): Promise<string> {
    const { token } = await signToken(this.#key, 'login', this.#body, now);
    return `${url}/signin#code=${token}`;
  }

  /** Good for the API for an hour. */
  async accessToken(now: number): Promise<string> {
    return (await signToken(this.#key, 'access', { ...this.#body, sid: randomUUID() }, now)).token;
  }

  /** One-time; buys a host its own credentials. */
  async enrolToken(now: number): Promise<string> {
    const { sub, team } = this.#body;
    return (await signToken(this.#key, 'enrol', { sub, team }, now)).token;
  }
}
