import { expect, it } from 'vitest';
import type { LobbyStore } from '../../../src/team-lobby/storage/store.ts';
import { NOW, TEAM } from '../../auth/bodies.ts';
import { facts, HOST_A, headOf, rigWithHost } from '../core/rig.ts';

/** Runs `work` on a fresh store; `reopened` is the same one after a reset. */
export type WithStore = (
  work: (store: LobbyStore, reopened: () => LobbyStore) => void,
) => void | Promise<void>;

/** One suite for every store of the lobby. */
export function lobbyStoreContract(withStore: WithStore): void {
  const row = rigWithHost().made();
  const uid = row.spec.agentUid;
  const live = { agentUid: uid, healthySince: NOW, report: null };
  const requests = { agentUid: uid, bytes: 9, requests: [{ sequence: 1, head: headOf() }] };
  const host = { hostId: HOST_A, name: 'alpha', facts: facts(), lastSeen: NOW };
  const ackOf = (key: string, until: number) => ({ key, fingerprint: 'f', ack: { success: true }, until });

  it('is empty at first and belongs to nobody', () =>
    withStore((store) => {
      expect(store.team()).toBeNull();
      expect(store.load()).toEqual({
        hosts: [],
        agents: [],
        live: [],
        requests: [],
        acks: [],
        deletions: [],
      });
    }));

  it('gives back what was committed, after a reset too', () =>
    withStore((store, reopened) => {
      store.setTeam(TEAM);
      const acks = [ackOf('b', 2), ackOf('a', 1)];
      store.commit({
        hosts: [host],
        agents: [row],
        live: [live],
        requests: [requests],
        acks,
        deletions: [uid],
      });
      for (const one of [store, reopened()]) {
        expect(one.team()).toBe(TEAM);
        expect(one.load()).toEqual({
          hosts: [host],
          agents: [row],
          live: [live],
          requests: [requests],
          acks: acks.toReversed(),
          deletions: [uid],
        });
      }
    }));

  it('replaces rows under their key and drops rows, an agent with its live row', () =>
    withStore((store) => {
      store.commit({ hosts: [host], agents: [row], live: [live], acks: [ackOf('a', 1)], deletions: [uid] });
      store.commit({ hosts: [{ ...host, name: 'renamed' }], deletions: [uid], acks: [ackOf('a', 9)] });
      expect(store.load()).toMatchObject({
        hosts: [{ name: 'renamed' }],
        deletions: [uid],
        acks: [{ until: 9 }],
      });
      store.commit({ dropAgents: [uid], dropAcks: ['a'], dropDeletions: [uid] });
      expect(store.load()).toMatchObject({ agents: [], live: [], acks: [], deletions: [] });
    }));

  it('[C7] keeps the newest requests of an agent, none where there are none, and drops them with it', () =>
    withStore((store, reopened) => {
      const more = {
        ...requests,
        bytes: 18,
        requests: [...requests.requests, { sequence: 2, head: headOf() }],
      };
      store.commit({ agents: [row], requests: [requests] });
      store.commit({ requests: [more] });
      expect(reopened().load().requests).toEqual([more]);
      store.commit({ requests: [{ ...more, requests: [] }] });
      expect(store.load().requests).toEqual([]);
      store.commit({ requests: [more] });
      store.commit({ dropAgents: [uid] });
      expect(reopened().load().requests).toEqual([]);
    }));

  it('an ack that is dropped and written again in one commit is there', () =>
    withStore((store) => {
      store.commit({ acks: [ackOf('a', 1)] });
      store.commit({ dropAcks: ['a'], acks: [ackOf('a', 2)] });
      expect(store.load().acks).toMatchObject([{ until: 2 }]);
    }));

  it('lists agents in the order they were made', () =>
    withStore((store) => {
      const made = [3, 1, 2].map((age) => ({
        ...row,
        createdAt: NOW + age,
        spec: { ...row.spec, agentUid: `00000000-0000-4000-8000-00000000000${age}` as typeof uid },
      }));
      store.commit({ agents: made });
      expect(store.load().agents.map(({ createdAt }) => createdAt - NOW)).toEqual([1, 2, 3]);
    }));

  it('[X3] a one-time code is spent once, after a reset too, and never after its end', () =>
    withStore((store, reopened) => {
      expect(store.spend('c', NOW + 1_000, NOW)).toBe(true);
      expect(store.spend('c', NOW + 1_000, NOW)).toBe(false);
      expect(reopened().spend('c', NOW + 1_000, NOW + 999)).toBe(false);
      expect(store.spend('c', NOW + 1_000, NOW + 1_000)).toBe(false);
      expect(store.spend('late', NOW, NOW)).toBe(false);
      expect(store.spend('other', NOW + 1_000, NOW)).toBe(true);
    }));
}
