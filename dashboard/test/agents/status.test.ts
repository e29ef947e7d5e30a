import { AgentStatusSchema, type AgentSummary, AgentUidSchema } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import { offeredActions } from '../../src/lib/agents/actions.ts';
import { mergeSummary } from '../../src/lib/agents/merge.ts';
import {
  byName,
  FILTERS,
  found,
  labelOf,
  matches,
  needsOf,
  remarkOf,
  toneOf,
} from '../../src/lib/agents/status.ts';
import { agentWith } from './samples.ts';

const STATUSES = AgentStatusSchema.options;

describe('a status', () => {
  test('of an agent whose host is away is what it was', () => {
    const agent = agentWith({ connection: 'offline' });
    expect([toneOf(agent), labelOf(agent), remarkOf(agent)]).toEqual(['away', 'Offline', 'was running']);
  });

  test('of a program that ended says how', () => {
    expect(remarkOf(agentWith({ status: 'crashed', exitCode: 2 }))).toBe('exit 2');
    expect(remarkOf(agentWith({ status: 'crashed', signal: 'SIGKILL' }))).toBe('SIGKILL');
    expect(remarkOf(agentWith({ exitCode: 2 }))).toBeNull();
  });

  test('falls under exactly one filter besides all', () => {
    for (const status of STATUSES) {
      for (const connection of ['online', 'offline'] as const) {
        const agent = agentWith({ status, connection });
        expect(FILTERS.filter((filter) => matches(agent, filter))).toHaveLength(2);
      }
    }
  });
});

describe('[C13] a program that asks for a person', () => {
  const attention = { kind: 'notification', since: 1, text: 'Allow rm -rf build?' } as const;
  const looks = (agent: AgentSummary) => [toneOf(agent), labelOf(agent), needsOf(agent)];

  test('has a mark of its own, and its words', () => {
    expect(looks(agentWith({ attention }))).toEqual(['asks', 'Needs you', 'Needs you: Allow rm -rf build?']);
    expect(looks(agentWith())).toEqual(['live', 'Running', null]);
  });

  test.each([
    ['bell', 'make', 'Needs you: make'],
    ['bell', '', 'Needs you: it rang the bell'],
    ['title', '✋ Action Required', 'Needs you: ✋ Action Required'],
    ['notification', '', 'Needs you'],
  ] as const)('by a %s that says %j', (kind, text, needs) => {
    expect(needsOf(agentWith({ attention: { kind, since: 1, text } }))).toBe(needs);
  });

  test('asks for nobody while its host is away, or while it is paused or crashes', () => {
    const crashes = { count: 2, exitCode: 1 };
    expect(looks(agentWith({ attention, connection: 'offline' }))).toEqual(['away', 'Offline', null]);
    expect(looks(agentWith({ attention, status: 'paused' }))).toEqual(['hold', 'Paused', null]);
    expect(looks(agentWith({ attention, crashes }))).toEqual(['bad', 'Crashing', null]);
  });

  test('is listed under the state that it is in', () => {
    expect(FILTERS.filter((filter) => matches(agentWith({ attention }), filter))).toEqual(['all', 'running']);
  });
});

describe('a program that ends again and again', () => {
  const now = 100_000;
  const crashing = (part: object = {}) =>
    agentWith({
      status: 'crashed',
      exitCode: 1,
      crashes: { count: 4, exitCode: 1, nextTryAt: now + 7_600 },
      ...part,
    });

  test('says how often, how it ended, and when it is tried next', () => {
    expect([labelOf(crashing()), remarkOf(crashing(), now)]).toEqual([
      'Crashing',
      '4 times, exit 1, next try in 8 s',
    ]);
    expect(remarkOf(crashing({ crashes: { count: 1, signal: 'SIGSEGV' }, status: 'running' }), now)).toBe(
      'once, SIGSEGV, running again',
    );
  });

  test('is never green between two crashes, and is found under crashed only', () => {
    for (const status of STATUSES) {
      const agent = crashing({ status });
      expect(toneOf(agent)).toBe('bad');
      expect(FILTERS.filter((filter) => matches(agent, filter))).toEqual(['all', 'crashed']);
    }
  });

  test('and ends well each time is only restarting', () => {
    expect(labelOf(crashing({ status: 'stopped', crashes: { count: 2, exitCode: 0 } }))).toBe('Restarting');
  });
});

describe('actions', () => {
  test('are those that make sense now; what ends everything is behind one more press', () => {
    const all = Object.fromEntries(
      STATUSES.map((status) => [status, offeredActions(agentWith({ status }), false)]),
    );
    expect(all).toEqual({
      starting: { first: ['restart', 'stop'], more: ['force'] },
      running: { first: ['restart', 'stop'], more: ['pause', 'force'] },
      paused: { first: ['resume', 'stop'], more: ['restart', 'force'] },
      stopping: { first: [], more: ['force'] },
      stopped: { first: ['start'], more: [] },
      crashed: { first: ['start'], more: [] },
    });
  });

  test('offer to force what takes its time to stop, and to call off a restart that is due', () => {
    expect(offeredActions(agentWith({ status: 'stopping' }), true).first).toEqual(['force']);
    expect(offeredActions(agentWith({ status: 'crashed', crashes: { count: 1 } }), false).first).toEqual([
      'start',
      'stop',
    ]);
  });

  test('are none while the host is away', () => {
    expect(offeredActions(agentWith({ connection: 'offline' }), true)).toEqual({ first: [], more: [] });
  });
});

describe('a list', () => {
  test('is searched by every word, in name, host, status and labels', () => {
    const agent = agentWith({ name: 'Checkout', labels: { area: 'web' } });
    expect(found(agent, 'build-01', 'check build')).toBe(true);
    expect(found(agent, 'build-01', 'area=web run')).toBe(true);
    expect(found(agent, 'build-01', 'check laptop')).toBe(false);
    expect(found(agent, 'build-01', '')).toBe(true);
  });

  test('is ordered by name, numbers as numbers', () => {
    const names = ['w10', 'W2', 'a'].map((name) => agentWith({ name }));
    expect(names.sort(byName).map((agent) => agent.name)).toEqual(['a', 'W2', 'w10']);
  });
});

describe('the two sources of one agent', () => {
  test('[R3] the room says what the program does, the lobby what it is called; either may doubt the host', () => {
    const lobby = agentWith({ name: 'New name', status: 'running', connection: 'offline', viewers: 2 });
    const room = agentWith({ status: 'paused', lastActivity: 9 });
    expect(mergeSummary(lobby, room)).toMatchObject({
      name: 'New name',
      status: 'paused',
      connection: 'offline',
      viewers: 2,
      lastActivity: 9,
    });
  });

  test('[N1] a room of another uid under the same name is not mixed in', () => {
    const lobby = agentWith();
    const room = agentWith({
      agentUid: AgentUidSchema.parse('00000000-0000-4000-8000-000000000009'),
      status: 'crashed',
    });
    expect(mergeSummary(lobby, room)).toBe(lobby);
    expect(mergeSummary(undefined, room)).toBe(room);
  });
});
