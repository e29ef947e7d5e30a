import { type AgentUid, type MemberId, MIB, type TeamId, TeamIdSchema } from '@muster/protocol';
import * as z from 'zod';
import type { LineRpc, LobbyStub, RoomStub } from './rpc.ts';

/** The bindings of wrangler.toml, and the secret. */
export interface Env {
  readonly ROOMS: DurableObjectNamespace;
  readonly LOBBIES: DurableObjectNamespace;
  readonly LINES: DurableObjectNamespace;
  readonly DB: D1Database;
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
  /** Secret: 32 bytes or more as base64url; signs and checks every token (X2). */
  readonly MUSTER_KEY: string;
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

/** G5: a line is its member's own: nobody else's name leads to it. */
export function lineOf(env: Env, team: TeamId, member: MemberId, line: string): LineRpc {
  const name = JSON.stringify([team, member, line]);
  return env.LINES.get(env.LINES.idFromName(name)) as unknown as LineRpc;
}

const words = (list: string) => list.split(/\s+/).filter((word) => word !== '');

const DaysSchema = z.coerce.number().int().min(1).max(36_500);

/** How long history is kept. @throws Error when the variable is no whole number of days: then nothing is forgotten */
export const historyDays = (env: Env): number => DaysSchema.parse(env.MUSTER_HISTORY_DAYS);

/** X1: the origins whose pages may use the session cookie, beside the request's own. */
export const extraOrigins = (env: Env): readonly string[] => words(env.MUSTER_ORIGINS);

/** G3: the team of a request: its hostname's, else `?team=`, else the deployment's default. Null: not a team's name. */
export function teamOf(env: Env, url: URL): TeamId | null {
  const mapped = words(env.MUSTER_HOSTNAMES)
    .map((pair) => pair.split('='))
    .find(([host]) => host === url.hostname)?.[1];
  const team = TeamIdSchema.safeParse(mapped ?? url.searchParams.get('team') ?? env.MUSTER_TEAM);
  return team.success ? team.data : null;
}

const positive = (text: string, otherwise: number) => (Number(text) > 0 ? Number(text) : otherwise);

/** S5: how long rooms of this deployment keep what they record. */
export const recordingLimits = (env: Env) => ({
  time: positive(env.MUSTER_RECORDING_DAYS, 30) * 86_400_000,
  bytes: positive(env.MUSTER_RECORDING_MIB, 256) * MIB,
});
