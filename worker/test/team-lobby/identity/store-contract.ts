import { AgentUidSchema } from '@muster/protocol';
import { expect, it } from 'vitest';
import type { IdentityCommit, IdentityStore } from '../../../src/team-lobby/core/identity/state.ts';
import { EVERY_ROOM } from '../../../src/team-lobby/core/identity/visits.ts';
import { memberId } from '../core/identity/rig.ts';
import { memberRow, NOW, sessionRow, tokenRow } from '../core/identity/rows.ts';

const NOTHING: IdentityCommit = {
  ...{ visits: [], dropVisits: [], codes: [], budgets: [], pushes: [], dropPushes: [], audit: [] },
};
const uid = (n: number) => AgentUidSchema.parse(`00000000-0000-4000-8000-00000000000${n}`);
const invitation = {
  ...{ id: 'i', name: 'N', role: 'viewer' as const, agents: null, email: null, hash: 'h' },
  ...{ createdBy: memberId('ada'), createdAt: 1, expiresAt: NOW + 2 },
};
const passkey = {
  ...{ id: 'p', name: 'P', createdAt: 1, usedAt: null, memberId: memberId('bo'), publicKey: 'k', counter: 0 },
  transports: [],
};

/** Runs `work` on a fresh store; `reopened` is the same one after a reset. */
export type WithStore = (
  work: (store: IdentityStore, reopened: () => IdentityStore) => void,
) => void | Promise<void>;

/** One suite for every store of people. */
export function identityStoreContract(withStore: WithStore): void {
  it('is empty at first', () =>
    withStore((store) => {
      expect([store.revision(), store.members.all(), store.pendingPushes()]).toEqual([0, [], []]);
      expect([store.visited('s'), store.isSpent('c', NOW)]).toEqual([[], false]);
      expect(store.sessions.expired(NOW)).toEqual([]);
    }));

  it('gives back the rows of each table, by id and by member, after a reset too', () =>
    withStore((store, reopened) => {
      const members = { put: [memberRow('ada'), memberRow('bo')], drop: [] };
      const sessions = { put: [sessionRow('ada'), sessionRow('bo')], drop: [] };
      const tokens = { put: [tokenRow({ id: 't' })], drop: [] };
      const invitations = { put: [invitation], drop: [] };
      const passkeys = { put: [passkey], drop: [] };
      const change = { ...NOTHING, members, sessions, tokens, invitations, passkeys, revision: 7 };
      store.commit(change, NOW);
      for (const one of [store, reopened()]) {
        expect(one.members.all()).toEqual(members.put);
        expect(one.sessions.get('s-bo')).toEqual(sessionRow('bo'));
        expect(one.sessions.ofMember(memberId('ada'))).toEqual([sessionRow('ada')]);
        expect(one.tokens.ofMember(memberId('ada'))).toEqual(tokens.put);
        expect(one.invitations.ofMember(memberId('ada'))).toEqual([invitation]);
        expect(one.invitations.ofMember(memberId('bo'))).toEqual([]);
        expect(one.passkeys.ofMember(memberId('bo'))).toEqual([passkey]);
        expect([one.members.get('cy'), one.revision()]).toEqual([null, 7]);
      }
    }));

  it('replaces and drops rows, and names those that have expired', () =>
    withStore((store) => {
      const sessions = { put: [sessionRow('ada'), sessionRow('bo', NOW + 9)], drop: [] };
      store.commit({ ...NOTHING, sessions, invitations: { put: [invitation], drop: [] } }, NOW);
      expect([store.sessions.expired(NOW), store.sessions.expired(NOW + 1)]).toEqual([[], ['s-ada']]);
      expect(store.invitations.expired(NOW + 2)).toEqual(['i']);
      expect([store.members.expired(NOW + 9), store.passkeys.expired(NOW + 9)]).toEqual([[], []]);
      store.commit({ ...NOTHING, sessions: { put: [sessionRow('bo', NOW + 5)], drop: ['s-ada'] } }, NOW);
      expect(store.sessions.all()).toEqual([sessionRow('bo', NOW + 5)]);
    }));

  it('[X18] knows where each sign-in has been until it ends', () =>
    withStore((store, reopened) => {
      const visits = [uid(1), uid(1), uid(2)].map((room) => ({ sid: 's', room }));
      store.commit({ ...NOTHING, visits: [...visits, { sid: 'door', room: EVERY_ROOM }] }, NOW);
      expect(reopened().visited('s')).toEqual([uid(1), uid(2)]);
      expect(reopened().visited('door')).toBe(EVERY_ROOM);
      store.commit({ ...NOTHING, dropVisits: ['s'] }, NOW);
      expect([store.visited('s'), store.visited('door')]).toEqual([[], EVERY_ROOM]);
    }));

  it('[X15] remembers a spent code until it expires', () =>
    withStore((store, reopened) => {
      store.commit({ ...NOTHING, codes: [{ code: 'c', expiresAt: NOW + 5 }] }, NOW);
      expect([reopened().isSpent('c', NOW + 4), store.isSpent('d', NOW)]).toEqual([true, false]);
      expect(store.isSpent('c', NOW + 5)).toBe(false);
      store.commit({ ...NOTHING, codes: [{ code: 'd', expiresAt: NOW + 9 }] }, NOW + 5);
      expect([store.isSpent('c', NOW), store.isSpent('d', NOW + 5)]).toEqual([false, true]);
    }));

  it('[X5b] keeps changes, oldest first, until their rooms have confirmed them', () =>
    withStore((store, reopened) => {
      const pushes = [1, 2, 3].map((number) => ({
        ...{ number, room: uid(1) },
        change: { who: { kind: 'session' as const, sid: `s${number}` }, standing: null, revision: number },
      }));
      store.commit({ ...NOTHING, pushes }, NOW);
      store.commit({ ...NOTHING, dropPushes: [2, 9] }, NOW);
      for (const one of [store, reopened()])
        expect(one.pendingPushes()).toEqual(pushes.filter(({ number }) => number !== 2));
    }));
}
