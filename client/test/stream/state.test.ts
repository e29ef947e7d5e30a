import type { AgentState, AgentSummary, Keyboard } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  applyCommands,
  applyKeyboard,
  applyStatus,
  applyTeam,
  isDrivenByAnother,
  NO_TEAM,
  newerState,
} from '../../src/stream/state.ts';
import { agentId, agentSummary, agentUid, roomState } from './support.ts';

describe('state', () => {
  it('[R1] takes a state only with a higher revision, or of another agent of that name', () => {
    const held = roomState({ revision: 5 });
    expect(newerState(null, held)).toBe(held);
    expect(newerState(held, roomState({ revision: 5 }))).toBe(held);
    expect(newerState(held, roomState({ revision: 4 }))).toBe(held);
    expect(newerState(held, roomState({ revision: 6 })).revision).toBe(6);
    const other: AgentState['agentUid'] = agentUid(2);
    expect(newerState(held, roomState({ revision: 1, agentUid: other })).agentUid).toBe(other);
  });

  it('[R1] whatever the order and repeats, the highest revision stays', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), (revisions) => {
        let held: AgentState | null = null;
        for (const revision of revisions) held = newerState(held, roomState({ revision }));
        expect(held?.revision).toBe(Math.max(...revisions));
      }),
    );
  });

  it('[R1] a status changes the state it follows, and none that is as new', () => {
    const agent: AgentSummary = agentSummary({ status: 'paused' });
    const status = { agentId: agent.agentId, status: agent.status, connection: agent.connection, agent };
    const held = roomState({ revision: 5, reason: 'old' });
    const next = applyStatus(held, { ...status, details: {}, revision: 6 });
    expect(next).toMatchObject({ revision: 6, agent: { status: 'paused' } });
    expect(next).not.toHaveProperty('reason');
    expect(applyStatus(held, { ...status, details: {}, revision: 5 })).toBe(held);
    expect(applyStatus(held, { ...status, details: {} })).toBe(held);
    expect(applyStatus(null, { ...status, details: {}, revision: 6 })).toBeNull();
  });

  it('[R1] [B9] the driver changes with a higher revision only', () => {
    const driver = { memberId: 'm', name: 'Ada', clientId: 'c' } as NonNullable<Keyboard['driver']>;
    const changed = { agentId, driver, asking: [], revision: 6, by: driver, reason: 'typed' as const };
    const held = applyKeyboard(roomState({ revision: 5 }), changed);
    expect(held).toMatchObject({ revision: 6, keyboard: { driver }, agent: { driver: 'm' } });
    expect(applyKeyboard(held, { ...changed, driver: null })).toBe(held);
    expect(applyKeyboard(null, changed)).toBeNull();
    expect([isDrivenByAnother(held, 'c'), isDrivenByAnother(held, 'd')]).toEqual([false, true]);
    expect(isDrivenByAnother(roomState(), 'd')).toBe(false);
  });

  it('[R1] [Q9] the commands change as a whole, with a higher revision only, and with them what is counted', () => {
    const told = { agentId, revision: 6, queue: [], running: [], ended: [] };
    const busy = agentSummary();
    const held = roomState({
      revision: 5,
      agent: { ...busy, busy: true, queueLength: 4, runningCommands: 1 },
    });
    const next = applyCommands(held, told);
    expect(next).toMatchObject({
      revision: 6,
      commands: { queue: [], running: [], ended: [] },
      agent: { busy: false, queueLength: 0, runningCommands: 0 },
    });
    expect(applyCommands(next, told)).toBe(next);
    expect(applyCommands(null, told)).toBeNull();
  });

  it('[M5] keeps the list by list, status and deletion', () => {
    const one = agentSummary({ n: 1 });
    const two = agentSummary({ n: 2 });
    let team = applyTeam(NO_TEAM, { type: 'agent:list', payload: { agents: [one] } });
    const status = { details: {}, status: two.status, connection: two.connection };
    team = applyTeam(team, {
      type: 'agent:status',
      payload: { ...status, agentId: two.agentId, agent: two },
    });
    expect(team.agents).toEqual([two, one]);
    const paused = { ...one, status: 'paused' as const };
    team = applyTeam(team, {
      type: 'agent:status',
      payload: { ...status, agentId: one.agentId, agent: paused },
    });
    expect(team.agents).toEqual([two, paused]);
    const gone = { agentId: two.agentId, agentUid: two.agentUid };
    team = applyTeam(team, { type: 'agent:deleted', payload: gone });
    expect(team.agents).toEqual([paused]);
    expect(applyTeam(team, { type: 'agent:deleted', payload: gone })).toBe(team);
    expect(applyTeam(team, { type: 'host:list', payload: { hosts: [] } }).hosts).toEqual([]);
    expect(applyTeam(team, { type: 'pong', payload: {} })).toBe(team);
  });
});
