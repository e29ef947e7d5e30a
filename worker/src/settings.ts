import { TeamIdSchema } from '@muster/protocol';
import { issuersOf } from './auth/issuers/issuers.ts';
import { isLoopback } from './auth/issuers/settings.ts';
import { keyFault } from './auth/key-strength.ts';
import { type Env, historyDays, hostnamesOf, recordingLimits, splitWords } from './env.ts';

const BINDINGS = ['ROOMS', 'LOBBIES', 'LINES', 'DB', 'ATTEMPTS'] as const;

const isTeam = (name: string) => TeamIdSchema.safeParse(name).success;

function originFault(origin: string): string[] {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url?.origin === origin && (url.protocol === 'https:' || isLoopback(origin))) return [];
  return [`MUSTER_ORIGINS: ${JSON.stringify(origin)} is no origin, such as https://pages.example.com`];
}

const SLUG = 'must be 1 to 64 of a to z, 0 to 9 and -, beginning with a letter or digit';

/** Each checks a part of the settings and returns its faults by name. */
const CHECKS: readonly ((env: Env) => readonly string[])[] = [
  (env) =>
    BINDINGS.filter((name) => env[name] === undefined).map((name) => `${name} is a binding that is missing`),
  ({ MUSTER_KEY }) => {
    const fault = keyFault(MUSTER_KEY);
    return fault === null ? [] : [`MUSTER_KEY: ${fault}`];
  },
  ({ MUSTER_TEAM }) => (isTeam(MUSTER_TEAM) ? [] : [`MUSTER_TEAM: ${SLUG}`]),
  ({ MUSTER_TEAMS = '' }) =>
    splitWords(MUSTER_TEAMS).flatMap((name) =>
      isTeam(name) ? [] : [`MUSTER_TEAMS: ${JSON.stringify(name)}: ${SLUG}`],
    ),
  (env) =>
    hostnamesOf(env).flatMap(({ host, team }) =>
      host !== '' && isTeam(team) ? [] : [`MUSTER_HOSTNAMES: must be pairs host=team, not ${host}=${team}`],
    ),
  ({ MUSTER_ORIGINS = '' }) => splitWords(MUSTER_ORIGINS).flatMap(originFault),
  (env) => faultOf(() => historyDays(env)),
  (env) => faultOf(() => recordingLimits(env)),
  (env) => faultOf(() => issuersOf(env)),
];

function faultOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return error instanceof Error ? [error.message] : ['a setting cannot be read'];
  }
}

/** Looked at once for each text of the settings. */
let cached: { readonly text: string; readonly faults: readonly string[] } | null = null;

/** X20, A5: what is wrong with the settings, by name, and nothing that a secret holds. */
export function wrongSettings(env: Env): readonly string[] {
  const given = Object.entries(env).map(([name, value]) => [name, typeof value === 'string' ? value : null]);
  const text = JSON.stringify(given);
  if (cached?.text !== text) cached = { text, faults: CHECKS.flatMap((check) => check(env)) };
  return cached.faults;
}
