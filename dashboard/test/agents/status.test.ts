import { AgentStatusSchema, AgentUidSchema } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import { ACTIONS, refusal, rowActions } from '../../src/lib/agents/actions.ts';
import { mergeSummary } from '../../src/lib/agents/merge.ts';
import { byName, FILTERS, found, labelOf, matches, remarkOf, toneOf } from '../../src/lib/agents/status.ts';
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

describe('actions', () => {
  test('make sense only where they can do something', () => {
    const sensible = Object.fromEntries(
      STATUSES.map((status) => [
        status,
        ACTIONS.filter((action) => refusal(action, agentWith({ status })) === null),
      ]),
    );
    expect(sensible).toEqual({
      starting: ['restart', 'terminate', 'force'],
      running: ['pause', 'restart', 'terminate', 'force'],
      paused: ['resume', 'restart', 'terminate', 'force'],
      stopping: ['force'],
      stopped: ['start'],
      crashed: ['start'],
    });
  });

  test('make no sense while the host is away', () => {
    const agent = agentWith({ connection: 'offline' });
    for (const action of ACTIONS) expect(refusal(action, agent)).toBe('its host is offline');
  });

  test('of a row are the two that matter now', () => {
    expect(rowActions('running')).toEqual(['pause', 'terminate']);
    expect(rowActions('paused')).toEqual(['resume', 'terminate']);
    expect(rowActions('crashed')).toEqual(['start']);
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
