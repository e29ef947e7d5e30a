import { userInfo } from 'node:os';
import { HostIdSchema, type Member, MemberIdSchema, TeamIdSchema } from '@muster/protocol';
import * as z from 'zod';
import { signingKey, signToken } from '../src/auth/tokens.ts';

const TokenSchema = z.object({ token: z.string() });

function ownerName(): string {
  try {
    return userInfo().username.slice(0, 100);
  } catch {
    return 'owner';
  }
}

const owner = (): Member => ({ id: MemberIdSchema.parse('owner'), name: ownerName(), role: 'admin' });

/** Acts for the owner of a data directory: anyone who can read its key. */
export class Owner {
  readonly team: string;
  readonly #key: Uint8Array;
  readonly #body;

  /** `as`: another member, to make links for. */
  constructor(key: string, team: string, as: Member = owner()) {
    const { id: sub, name, role } = as;
    this.team = team;
    this.#key = signingKey(key);
    this.#body = { sub, team: TeamIdSchema.parse(team), role, name };
  }

  /** A one-time link that signs the member in. `now`: ms since 1970. */
  async link(url: string, now: number): Promise<string> {
    const { token } = await signToken(this.#key, 'login', this.#body, now);
    return `${url}/signin#code=${token}`;
  }

  /** Signs in to the server that runs at `url`. Resolves to what is good for its API for an hour. */
  async signIn(url: string, now: number): Promise<string> {
    const { token: code } = await signToken(this.#key, 'login', this.#body, now);
    const response = await fetch(`${url}/api/auth/exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'npm start' },
      body: JSON.stringify({ code }),
    });
    return TokenSchema.parse(await response.json()).token;
  }

  /** One-time; registers the key of a new host, or of the one that this machine was before (X15). */
  async enrolToken(now: number, host?: string): Promise<string> {
    const { sub, team } = this.#body;
    const named = host === undefined ? {} : { host: HostIdSchema.parse(host) };
    return (await signToken(this.#key, 'enrol', { sub, team, ...named }, now)).token;
  }
}
