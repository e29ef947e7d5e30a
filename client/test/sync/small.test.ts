import { type AgentState, type AgentSummary, type Keyboard, KIB, LIMITS } from '@muster/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alive,
  applyCommands,
  applyKeyboard,
  applyStatus,
  applyTeam,
  bytePieces,
  confirmInput,
  creditDeadline,
  heard,
  inputsFrom,
  isDrivenByAnother,
  livenessDeadline,
  NO_CREDIT,
  NO_TEAM,
  newerState,
  numberInput,
  received,
  textPieces,
  tickCredit,
  tickLiveness,
  unconfirmed,
} from '../../src/sync/index.ts';
import { agentId, agentSummary, agentUid, epochOf, roomState } from './support.ts';

const at = { epoch: epochOf(1), sequence: 7 };

describe('credit', () => {
  it('[S8] acks at 128 KiB', () => {
    const first = received(NO_CREDIT, 128 * KIB - 1, at, 0);
    expect(first.ack).toBeNull();
    expect(received(first.state, 1, at, 1)).toEqual({ state: NO_CREDIT, ack: at });
  });

  it('[S8] acks 100 ms after the first unacked byte', () => {
    const { state } = received(NO_CREDIT, 10, at, 50);
    expect(creditDeadline(state)).toBe(150);
    expect(tickCredit(state, at, 149).ack).toBeNull();
    expect(tickCredit(state, at, 150)).toEqual({ state: NO_CREDIT, ack: at });
    expect(creditDeadline(NO_CREDIT)).toBeNull();
  });

  it('[S8] names no place before there is one', () => {
    expect(received(NO_CREDIT, 300 * KIB, null, 0).ack).toBeNull();
    expect(received(NO_CREDIT, 300 * KIB, { epoch: null, sequence: 0 }, 0).ack).toBeNull();
  });
});

describe('liveness', () => {
  it('[H1] pings every 20 s and is dead after 40 s of silence', () => {
    const first = tickLiveness(alive(0), 20_000);
    expect(first.act).toBe('ping');
    expect(livenessDeadline(first.state)).toBe(40_000);
    expect(tickLiveness(first.state, 40_000).act).toBe('dead');
  });

  it('[H1] goes on pinging while anything is heard', () => {
    let state = alive(0);
    for (let now = 20_000; now < 400_000; now += 20_000) {
      const next = tickLiveness(state, now);
      expect(next.act).toBe('ping');
      state = heard(next.state, now + 5);
    }
    expect(tickLiveness(state, livenessDeadline(state) - 1).act).toBeNull();
  });

  it('[H1] a machine that slept asks before it gives the link up', () => {
    const state = heard(alive(0), 10);
    expect(tickLiveness(state, 9_000_000).act).toBe('ping');
  });
});

describe('input', () => {
  it('[I2] counts what the keeper has not confirmed, cumulatively', () => {
    let state = inputsFrom(0);
    for (let n = 1; n <= 3; n += 1) {
      const next = numberInput(state);
      expect(next.sequence).toBe(n);
      state = next.state;
    }
    expect(unconfirmed(state)).toBe(3);
    expect(unconfirmed(confirmInput(state, 2))).toBe(1);
    expect(unconfirmed(confirmInput(confirmInput(state, 3), 1))).toBe(0);
    expect(unconfirmed(confirmInput(state, 99))).toBe(0);
  });

  it('[I2] begins above what the same client used before it was loaded again', () => {
    let before = inputsFrom(1_000);
    for (let key = 0; key < 500; key += 1) before = numberInput(before).state;
    expect(numberInput(inputsFrom(1_001)).sequence).toBeGreaterThan(before.sent);
    expect(unconfirmed(inputsFrom(1_001))).toBe(0);
  });

  it('[L] cuts long input into pieces that fit, between characters, and loses none of it', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((piece) => `${'é😀'.repeat(30_000)}${piece}`);
    fc.assert(
      fc.property(text, (whole) => {
        const pieces = [...textPieces(whole)];
        expect(pieces.join('') === whole).toBe(true);
        for (const piece of pieces) {
          expect(new TextEncoder().encode(piece).length).toBeLessThanOrEqual(LIMITS.inputBytes);
          expect(/[\ud800-\udbff]$/.test(piece)).toBe(false);
        }
      }),
      { numRuns: 20 },
    );
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const parts = [...bytePieces(bytes)];
    expect(parts.every((part) => part.length <= LIMITS.inputBytes)).toBe(true);
    expect(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))).equals(bytes)).toBe(true);
  });
});

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

  it('[R1] [B9] the keyboard changes with a higher revision only, and says who drives', () => {
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
