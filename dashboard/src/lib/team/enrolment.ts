import type { HostSummary } from '@muster/protocol';
import { ago, plural } from '../agents/format.ts';

/**
 * The command to run on a machine that becomes a host, in a copy of the project. The token goes by standard input: every
 * account of that machine can read the arguments of a program (X16).
 */
export const enrolLines = (server: string, token: string): string =>
  [
    `node agent-runner/dist/cli.js enroll ${server} <<'END'`,
    token,
    'END',
    'node agent-runner/dist/cli.js run',
  ].join('\n');

/** `online · linux · agent-runner 0.1.0 · 3 agents`. */
export function hostWords(host: HostSummary, now: number): string {
  const facts = [
    hostStatus(host, now),
    host.platform,
    host.version === undefined ? undefined : `agent-runner ${host.version}`,
    plural(host.agents, 'agent'),
  ];
  return facts.filter((fact) => fact !== undefined).join(' · ');
}

function hostStatus({ connection, lastSeen, revokedAt }: HostSummary, now: number): string {
  if (revokedAt !== undefined) return `revoked ${since(revokedAt, now)}`;
  if (connection === 'online') return 'online';
  return lastSeen === undefined ? 'offline' : `offline, seen ${since(lastSeen, now)}`;
}

function since(then: number, now: number): string {
  const passed = ago(then, now);
  return passed === 'now' ? 'just now' : `${passed} ago`;
}

/** Those that may work first, by name. */
export const byHostStatus = (hosts: readonly HostSummary[]): readonly HostSummary[] =>
  [...hosts].sort(
    (a, b) =>
      Number(a.revokedAt !== undefined) - Number(b.revokedAt !== undefined) || a.name.localeCompare(b.name),
  );
