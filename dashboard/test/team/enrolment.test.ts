import { HostSummarySchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { byHostStatus, enrolLines, hostWords } from '../../src/lib/team/enrolment.ts';

const NOW = 1_800_000_000_000;
const host = (part: object) =>
  HostSummarySchema.parse({
    hostId: '00000000-0000-4000-8000-000000000001',
    name: 'build-01',
    connection: 'online',
    roots: [],
    agents: 1,
    ...part,
  });

describe('[X4] a host', () => {
  it('is shown in a line', () => {
    const online = host({ platform: 'linux', version: '0.1.0' });
    expect(hostWords(online, NOW)).toBe('online · linux · agent-runner 0.1.0 · 1 agent');
    expect(hostWords(host({ connection: 'offline', agents: 0 }), NOW)).toBe('offline · 0 agents');
    expect(hostWords(host({ connection: 'offline', lastSeen: NOW - 7_200_000 }), NOW)).toContain(
      'seen 2h ago',
    );
    expect(hostWords(host({ connection: 'offline', revokedAt: NOW - 60_000 }), NOW)).toContain(
      'revoked 1m ago',
    );
  });
  it('that was revoked stands last', () => {
    const hosts = [host({ name: 'a', revokedAt: NOW }), host({ name: 'c' }), host({ name: 'b' })];
    expect(byHostStatus(hosts).map(({ name }) => name)).toEqual(['b', 'c', 'a']);
  });
  it('[X16] is enrolled by lines that a shell takes as they are, with the token as no argument', () => {
    expect(enrolLines('https://muster.example', 'a.b-c_d').split('\n')).toEqual([
      "node agent-runner/dist/cli.js enroll https://muster.example <<'END'",
      'a.b-c_d',
      'END',
      'node agent-runner/dist/cli.js run',
    ]);
  });
});
