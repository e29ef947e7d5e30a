import type { Member, Role, SessionSummary, TeamId } from '@muster/protocol';
import { type Call, call, memberBody, ORIGIN, sign } from './front.ts';

/** A browser: it keeps the cookies it was given. */
export class Browser {
  readonly team: TeamId;
  readonly cookies = new Map<string, string>();
  token = '';
  id = '';

  constructor(team: TeamId) {
    this.team = team;
  }

  async ask(method: string, path: string, options: Omit<Call, 'team'> = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, origin: ORIGIN, 'user-agent': 'a browser' };
    const response = await call(method, path, { ...options, team: this.team, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    return response;
  }

  /** By a one-time link. */
  async signIn(member = 'ada', role: Role = 'admin'): Promise<this> {
    return this.enter('exchange', await sign('login', memberBody(this.team, role, member)));
  }

  /** @throws when it is not let in */
  async enter(by: 'exchange' | 'accept', code: string): Promise<this> {
    const response = await this.ask('POST', `/api/auth/${by}`, { body: { code } });
    if (!response.ok) throw new Error(await response.text());
    const { token, member } = (await response.json()) as { token: string; member: Member };
    this.token = token;
    this.id = member.id;
    return this;
  }

  /** The status of a renewal. */
  async refresh(): Promise<number> {
    return (await this.ask('POST', '/api/auth/refresh')).status;
  }

  async me(): Promise<number> {
    return (await this.ask('GET', '/api/auth/me')).status;
  }

  async sessions(): Promise<SessionSummary[]> {
    const response = await this.ask('GET', '/api/auth/sessions');
    return ((await response.json()) as { sessions: SessionSummary[] }).sessions;
  }

  /** Another that has the same cookies. */
  stolen(): Browser {
    const thief = new Browser(this.team);
    for (const [name, value] of this.cookies) thief.cookies.set(name, value);
    return thief;
  }
}
