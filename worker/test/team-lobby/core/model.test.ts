import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { nextDeadline } from '../../../src/team-lobby/core/handle.ts';
import { hostKeyStateOf, openLobby } from '../../../src/team-lobby/core/state.ts';
import type { Effect } from '../../../src/team-lobby/core/types.ts';
import { NOW, TEAM } from '../../auth/bodies.ts';
import { acks, HOST_A, HOST_B, Rig, summary } from './rig.ts';

/** A lobby, two hosts and their rooms, all under faults: each step is one thing that happens. */
class World {
  readonly rig = new Rig();
  /** Runs on a host, by the host's own knowledge. */
  readonly running = new Map<string, string>();
  readonly acked = new Map<string, number>();
  readonly deleted = new Set<string>();
  #requests = 0;

  constructor() {
    for (const host of [HOST_A, HOST_B]) this.rig.enrol(host);
  }

  #see(out: readonly Effect[]): void {
    for (const { messageId } of acks(out)) this.acked.set(messageId, (this.acked.get(messageId) ?? 0) + 1);
    for (const effect of out) {
      if (effect.type === 'delete-room') this.deleted.add(effect.agentUid);
      if (effect.type !== 'send-to-host') continue;
      if (effect.message.type === 'agent:remove') this.running.delete(effect.message.payload.agentUid);
      if (effect.message.type === 'lobby:welcome') this.#welcomed(effect.host, effect.message.payload.agents);
    }
  }

  #welcomed(host: string, agents: readonly { spec: { agentUid: string } }[]): void {
    const listed = new Set(agents.map(({ spec }) => spec.agentUid));
    for (const [uid, at] of this.running) if (at === host && !listed.has(uid)) this.running.delete(uid);
    for (const uid of listed) this.running.set(uid, host);
  }

  readonly steps: Record<string, (pick: number) => void> = {
    create: (pick) => {
      this.#requests += 1;
      this.#see(this.rig.create({ name: `n${pick % 4}` }, `r${this.#requests}`));
    },
    repeat: (pick) => this.#see(this.rig.create({ name: `n${pick % 4}` }, `r${pick % 8}`)),
    delete: (pick) =>
      this.#see(
        this.rig.says({ type: 'agent:delete', payload: { agentId: `n${pick % 4}` as never } }, `d${pick}`),
      ),
    hello: (pick) => {
      const host = pick % 2 === 0 ? HOST_A : HOST_B;
      const agents = [...this.running]
        .filter(([, at]) => at === `h:${host}`)
        .map(([uid]) => ({ agentUid: uid as never, generation: 1, healthy: true }));
      this.#see(this.rig.hello(host, agents));
    },
    leave: (pick) =>
      this.#see(this.rig.do({ type: 'disconnected', connection: `h:${pick % 2 ? HOST_A : HOST_B}` })),
    room: (pick) => {
      const rows = [...this.rig.lobby.agents.values()].filter((row) => !row.roomKnows);
      const row = rows[pick % Math.max(1, rows.length)];
      if (row === undefined) return;
      const placement = { spec: row.spec, generation: row.generation };
      const host = hostKeyStateOf(this.rig.lobby, row.spec.hostId);
      this.#see(this.rig.do({ type: 'room-placed', placement, host, ok: pick % 3 !== 0 }));
    },
    placed: (pick) => {
      const rows = [...this.rig.lobby.agents.values()].filter((row) => row.pending !== null && row.roomKnows);
      const row = rows[pick % Math.max(1, rows.length)];
      const { hostId } = row?.spec ?? {};
      if (row?.pending == null || hostId === undefined || !this.rig.lobby.online.has(hostId)) return;
      const { requestId } = row.pending;
      const payload = { requestId, agentUid: row.spec.agentUid, generation: 1 };
      this.running.set(row.spec.agentUid, `h:${hostId}`);
      this.#see(this.rig.hostSays({ type: 'agent:placed', payload }, hostId));
    },
    report: (pick) => {
      const rows = [...this.rig.lobby.agents.values()];
      const row = rows[pick % Math.max(1, rows.length)];
      if (row === undefined) return;
      const report = {
        agentUid: row.spec.agentUid,
        generation: 1,
        summaryRevision: pick,
        summary: summary({ viewers: pick }),
      };
      this.#see(this.rig.do({ type: 'room-reported', report }));
    },
    reset: () => this.#see(this.rig.reset()),
    sleep: () => this.#see(this.rig.sleep()),
    wait: (pick) => {
      this.rig.now += pick * 100;
      this.#see(this.rig.do({ type: 'alarm' }));
    },
  };

  check(): void {
    const { lobby, store } = this.rig;
    // What is in memory is what a reset would find.
    const again = openLobby(TEAM, store.load());
    for (const part of ['agents', 'names', 'live', 'hosts', 'acks'] as const)
      expect(new Map<unknown, unknown>(again[part])).toEqual(new Map<unknown, unknown>(lobby[part]));
    // A name has one agent, and every agent its name.
    expect(lobby.names.size).toBe(lobby.agents.size);
    for (const row of lobby.agents.values()) {
      expect(lobby.names.get(row.spec.agentId)).toBe(row.spec.agentUid);
      // N1: what is deleted never comes back.
      expect(this.deleted.has(row.spec.agentUid)).toBe(false);
      // Nothing half-made waits without an end.
      if (row.pending !== null) expect(nextDeadline(lobby)).toBeLessThanOrEqual(row.pending.deadline);
    }
  }

  /** Faults end: everyone is here, rooms answer, time passes. */
  settle(): void {
    for (let round = 0; round < 20 && nextDeadline(this.rig.lobby) !== null; round += 1) {
      this.rig.now = Math.max(this.rig.now, nextDeadline(this.rig.lobby) ?? 0);
      this.#see(this.rig.do({ type: 'alarm' }));
      for (const [agentUid, errand] of [...this.rig.lobby.roomCalls]) {
        const row = this.rig.lobby.agents.get(agentUid);
        if (errand.kind === 'delete') this.#see(this.rig.do({ type: 'room-deleted', agentUid, ok: true }));
        else if (row !== undefined)
          this.#see(
            this.rig.do({
              type: 'room-placed',
              placement: { spec: row.spec, generation: row.generation },
              host: hostKeyStateOf(this.rig.lobby, row.spec.hostId),
              ok: true,
            }),
          );
      }
    }
    for (const pick of [0, 1]) this.steps['hello']?.(pick);
  }
}

const names = Object.keys(new World().steps);
const runs = fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 999 })), {
  maxLength: 60,
});

describe('the lobby under any faults', () => {
  it('[N1] keeps one truth, and comes to rest with nothing half-made and nothing running that it does not list', () => {
    fc.assert(
      fc.property(runs, (steps) => {
        const world = new World();
        for (const [name, pick] of steps) {
          world.steps[name]?.(pick);
          world.check();
        }
        world.settle();
        world.check();
        const { lobby, store } = world.rig;
        expect(nextDeadline(lobby)).toBeNull();
        expect(store.load().deletions).toEqual([]);
        expect([...lobby.agents.values()].every((row) => row.pending === null && row.roomKnows)).toBe(true);
        expect(new Set(world.running.keys())).toEqual(new Set(lobby.agents.keys()));
      }),
      { numRuns: 400 },
    );
  });

  it('[H2] has no duty while nothing is pending', () => {
    const rig = new Rig();
    rig.enrol(HOST_A);
    rig.hello();
    expect(nextDeadline(rig.lobby)).toBeNull();
    rig.create();
    expect(nextDeadline(rig.lobby)).toBe(NOW + 30_000);
  });
});
