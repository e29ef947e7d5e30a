import { type AgentUid, MIB, type TeamId, TeamIdSchema, wireError } from '@muster/protocol';
import * as z from 'zod';
import type { MemberClaims } from './auth/claims.ts';
import { issuerTeams } from './auth/issuers/issuers.ts';
import type { LineRpc, LobbyStub, RoomStub } from './rpc.ts';

type LineHolder = Pick<MemberClaims, 'team' | 'member' | 'sid'>;

/** The bindings of wrangler.toml, and the secret. */
export interface Env {
  readonly ROOMS: DurableObjectNamespace;
  readonly LOBBIES: DurableObjectNamespace;
  readonly LINES: DurableObjectNamespace;
  readonly DB: D1Database;
  /** L: failed and unauthenticated attempts of an address. */
  readonly ATTEMPTS: RateLimit;
  /** L: what anybody may ask and no object answers; a bucket for each thing. Absent: not counted. */
  readonly OPEN?: RateLimit;
  /** The team of requests that name none (G3). */
  readonly MUSTER_TEAM: string;
  /** Origins beside the Worker's own, separated by spaces (X1). */
  readonly MUSTER_ORIGINS: string;
  /** `host=team` pairs, separated by spaces (G3). */
  readonly MUSTER_HOSTNAMES: string;
  /** How many days history is kept: a whole number. */
  readonly MUSTER_HISTORY_DAYS: string;
  /** S5: how long a recording is kept, days, and how much of it, MiB. */
  readonly MUSTER_RECORDING_DAYS: string;
  readonly MUSTER_RECORDING_MIB: string;
  /** Teams beside those that the settings name anyway, separated by spaces (X14). */
  readonly MUSTER_TEAMS?: string;
  /** C10: `yes`: pushes may go to this machine, for tests. */
  readonly MUSTER_PUSH_LOOPBACK?: string;
  /** Secret: 32 bytes or more as base64url; signs and checks every token (X2). */
  readonly MUSTER_KEY: string;
  /** Secret, since shared secrets may stand in it: other sources of trust, as JSON (X2); absent: none. */
  readonly MUSTER_ISSUERS?: string;
}

/** N1: the name of an agent's room. */
export const roomName = (team: TeamId, agentUid: AgentUid) => `${team}/${agentUid}`;

/**
 * The stubs are typed by our own RPC interfaces: the platform's types cannot express branded ids,
 * and a binding's class is fixed by wrangler.toml, not by data.
 */
export function roomOf(env: Env, team: TeamId, agentUid: AgentUid): RoomStub {
  return env.ROOMS.get(env.ROOMS.idFromName(roomName(team, agentUid))) as unknown as RoomStub;
}

export function lobbyOf(env: Env, team: TeamId): LobbyStub {
  return env.LOBBIES.get(env.LOBBIES.idFromName(team)) as unknown as LobbyStub;
}

/** G5: a line belongs to one sign-in: neither another member nor a lesser token can reach it. */
export function lineOf(env: Env, { team, member, sid }: LineHolder, line: string): LineRpc {
  const name = JSON.stringify([team, member, sid, line]);
  return env.LINES.get(env.LINES.idFromName(name)) as unknown as LineRpc;
}

export const splitWords = (list: string) => list.split(/\s+/).filter((word) => word !== '');

/** Ranges of numeric settings. A room needs 64 MiB without a recording, and has 10 GB at most. */
const NUMBERS = {
  MUSTER_HISTORY_DAYS: [1, 36_500],
  MUSTER_RECORDING_DAYS: [1, 36_500],
  MUSTER_RECORDING_MIB: [64, 8_192],
} as const;

/** @throws Error that names the setting and what it must be: with another number too much would be forgotten, or too little */
function numberOf(env: Env, setting: keyof typeof NUMBERS): number {
  const [least, most] = NUMBERS[setting];
  const parsed = z.coerce.number().int().min(least).max(most).safeParse(env[setting]);
  if (parsed.success) return parsed.data;
  const given = JSON.stringify(env[setting]);
  throw new Error(`${setting} must be a whole number from ${least} to ${most}, not ${given}`);
}

/** How long history is kept. @throws Error that names the setting: then nothing is forgotten */
export const historyDays = (env: Env): number => numberOf(env, 'MUSTER_HISTORY_DAYS');

/** S5: how long rooms of this deployment keep what they record. @throws Error that names the setting: then no room opens */
export const recordingLimits = (env: Env) => ({
  time: numberOf(env, 'MUSTER_RECORDING_DAYS') * 86_400_000,
  bytes: numberOf(env, 'MUSTER_RECORDING_MIB') * MIB,
});

/** X1: the origins whose pages may use the session cookie, beside the request's own. */
export const extraOrigins = (env: Env): readonly string[] => splitWords(env.MUSTER_ORIGINS);

/** G3: teams by hostname, as they are given. */
export const hostnamesOf = ({ MUSTER_HOSTNAMES = '' }: Env) =>
  splitWords(MUSTER_HOSTNAMES).map((pair) => {
    const [host = '', team = ''] = pair.split('=');
    return { host, team };
  });

/** Read once for each deployment's settings. */
let cachedTeams: { readonly text: string; readonly teams: ReadonlySet<string> } | null = null;

/** X14: the existing teams, by the settings alone: asking for a team does not create it. */
function teamsOf(env: Env): ReadonlySet<string> {
  const { MUSTER_TEAM, MUSTER_TEAMS = '', MUSTER_HOSTNAMES, MUSTER_ISSUERS = '' } = env;
  const text = JSON.stringify([MUSTER_TEAM, MUSTER_TEAMS, MUSTER_HOSTNAMES, MUSTER_ISSUERS]);
  if (cachedTeams?.text !== text) {
    const mapped = hostnamesOf(env).map(({ team }) => team);
    const teams = new Set([MUSTER_TEAM, ...splitWords(MUSTER_TEAMS), ...mapped, ...issuerTeams(env)]);
    cachedTeams = { text, teams };
  }
  return cachedTeams.teams;
}

/** A team that no setting names. */
export const NO_TEAM = wireError('AUTH_FAILED', 'There is no such team here.', { field: 'team' });

/**
 * G3, X14: the team of a request: its hostname's, else `?team=`, else the deployment's default. Null: there is no such
 * team.
 */
export function teamOf(env: Env, url: URL): TeamId | null {
  const mapped = hostnamesOf(env).find(({ host }) => host === url.hostname)?.team;
  const team = TeamIdSchema.safeParse(mapped ?? url.searchParams.get('team') ?? env.MUSTER_TEAM);
  return team.success && teamsOf(env).has(team.data) ? team.data : null;
}
