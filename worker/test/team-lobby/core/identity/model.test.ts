import { allows } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../../test/harness/fast-check.ts';
import { nextDeadline } from '../../../../src/team-lobby/core/identity/handle.ts';
import type { IdentityCommit } from '../../../../src/team-lobby/core/identity/state.ts';
import type { IdentityOperation, RightsChange } from '../../../../src/team-lobby/core/identity/types.ts';
import { acts, Life, type Outcome } from './acts.ts';
import {
  checkLeftovers,
  checkPublished,
  checkTokens,
  gainers,
  isFullAdmin,
  type Picture,
  pictureOf,
  roomsOf,
} from './model.ts';
import { IdentityRig } from './rig.ts';

const RUNS = { numRuns: 150 };

interface Step extends Outcome {
  readonly kind: string;
  readonly before: Picture;
  readonly after: Picture;
  /** All that it published. */
  readonly changes: readonly RightsChange[];
  readonly commits: readonly IdentityCommit[];
  readonly people: IdentityRig;
}

interface Watch {
  readonly step?: (step: Step) => void;
  readonly refreshed?: Life['refreshed'];
  readonly end?: (people: IdentityRig) => void;
}

/** Runs random lives of a team with two agents. `watch` is made for each. */
function inEveryLife(watch: (people: IdentityRig) => Watch): void {
  fc.assert(
    fc.property(acts, (steps) => {
      const people = new IdentityRig(['one', 'two']);
      const { step, refreshed, end } = watch(people);
      const life = new Life(people, refreshed ?? (() => undefined));
      for (const act of steps) {
        const before = act.kind === 'wait' ? null : pictureOf(people);
        const [published, stored] = [people.applied.length, people.commits.length];
        const outcome = life.do(act);
        const changes = people.applied.slice(published).flat();
        const commits = people.commits.slice(stored);
        if (before !== null)
          step?.({ ...outcome, kind: act.kind, before, after: pictureOf(people), changes, commits, people });
      }
      end?.(people);
    }),
    RUNS,
  );
}

/** Operations that are on record when they succeed (X8). */
const AUDITED: readonly (IdentityOperation | null)[] = [
  ...(['sign-in', 'accept', 'sign-in-by-passkey', 'sign-in-by-issuer', 'end-sessions'] as const),
  ...(['add-member', 'change-member', 'remove-member', 'invite', 'uninvite'] as const),
  ...(['make-token', 'revoke-token', 'add-passkey', 'remove-passkey'] as const),
];

describe('whatever people do', () => {
  it('[X5] nobody gains a right but by somebody who may grant it', () =>
    inEveryLife(() => ({
      step: ({ before, after, by, operation, kind, ok, people }) => {
        const gained = gainers(before, after);
        const isGrant = operation === 'add-member' || operation === 'change-member';
        if (isGrant || operation === 'invite' || operation === 'remove-member')
          expect(ok && !isFullAdmin(before, by?.sid ?? '')).toBe(false);
        // Ways in make members: by the team's key, an issuer's setting, or an invitation.
        const isWayIn = ['sign-in', 'accept', 'sign-in-by-issuer', 'by-identity'].includes(kind);
        if (gained.length > 0) expect(isGrant || isWayIn).toBe(true);
        for (const row of gained) if (!isGrant) expect(before.members.has(row.id)).toBe(false);
        checkTokens(people, after);
      },
    })));

  it('[X5] an API token is made by somebody who may do as much', () =>
    inEveryLife(() => ({
      step: ({ before, after, by, operation, ok }) => {
        if (operation !== 'make-token' || !ok) return;
        const made = [...after.rights].filter(([sid]) => !before.rights.has(sid));
        const maker = before.rights.get(by?.sid ?? '');
        for (const [, { member }] of made) expect(maker && allows(maker.member.role, member.role)).toBe(true);
      },
    })));

  it('[X5a] the team keeps an admin of every agent', () =>
    inEveryLife(() => ({
      step: ({ people }) =>
        expect(
          people.store.members
            .all()
            .some((row) => row.role === 'admin' && row.agents === null && row.removedAt === null),
        ).toBe(true),
    })));

  it('[X3] a member who is removed, or may grant no more, leaves nothing behind to return by', () =>
    inEveryLife(() => ({ step: ({ people, after }) => checkLeftovers(people, after) })));

  it('[X3c] a refresh token counts once, and again for 10 s', () =>
    inEveryLife((people) => {
      /** When a token of this generation was first answered with one of the next, ms. */
      const usedAt = new Map<string, number>();
      const current = new Map<string, number>();
      return {
        refreshed: (sid, brought, answered) => {
          if (answered === null) return;
          const newest = current.get(sid) ?? 0;
          const used = usedAt.get(`${sid} ${brought}`);
          if (used !== undefined) expect(people.now - used).toBeLessThanOrEqual(10_000);
          expect([newest, newest + 1]).toContain(answered);
          if (answered === newest) return;
          expect(brought).toBe(newest);
          usedAt.set(`${sid} ${newest}`, people.now);
          current.set(sid, answered);
        },
        step: ({ before, after, operation, ok, by }) => {
          // Any other token that comes again ends the session.
          if (operation !== 'refresh' || ok || by === null || !before.rights.has(by.sid)) return;
          expect(after.rights.has(by.sid)).toBe(before.rights.has(by.sid) && by.sid.startsWith('token:'));
        },
      };
    }));

  it('[X5b] the revision only grows, and each change of rights is published once', () =>
    inEveryLife((people) => {
      let events = 0;
      return {
        step: ({ before, after, changes }) => {
          expect(after.revision).toBeGreaterThanOrEqual(before.revision);
          expect(people.applied.length - events).toBeLessThanOrEqual(1);
          events = people.applied.length;
          checkPublished(before, after, changes);
        },
      };
    }));

  it('[X18] each change reaches the rooms that its sign-ins have been in, once, and no other', () =>
    inEveryLife((people) => {
      const due = new Map<string, number>();
      const all = new Set<string>();
      const keyOf = (room: string, { who }: RightsChange) => `${room} ${JSON.stringify(who)}`;
      const listed = (calls: typeof people.sent) =>
        calls.flatMap(({ room, pushes }) => pushes.map(({ change }) => ({ room, change })));
      return {
        step: ({ before, changes }) => {
          for (const change of changes)
            for (const room of roomsOf(before, change, people.rooms)) {
              due.set(keyOf(room, change), change.revision);
              all.add(`${keyOf(room, change)} ${change.revision}`);
            }
        },
        end: () => {
          for (let left = 100; nextDeadline(people.state) !== null && left > 0; left -= 1) {
            people.event({ type: 'alarm' });
            for (const _ of [...people.calls]) people.answerCall(true);
            people.now += 30_000;
          }
          const texts = listed(people.confirmed).map(
            ({ room, change }) => `${keyOf(room, change)} ${change.revision}`,
          );
          expect(new Set(texts).size).toBe(texts.length);
          for (const { room, change } of listed(people.sent))
            expect(all).toContain(`${keyOf(room, change)} ${change.revision}`);
          for (const [key, revision] of due) expect(texts).toContain(`${key} ${revision}`);
          expect(people.store.pendingPushes()).toEqual([]);
        },
      };
    }));

  it('[X8b] what succeeds is on record in its own commit, and what is refused changes nothing', () =>
    inEveryLife(() => ({
      step: ({ operation, ok, commits }) => {
        if (operation === null || !AUDITED.includes(operation)) return;
        const results = commits.flatMap(({ audit }) => audit.map(({ entry }) => entry.result));
        if (ok) expect([commits.length, results]).toEqual([1, ['ok']]);
        else for (const commit of commits) expect(putBy(commit)).toEqual([]);
      },
    })));
});

/** The rows that a commit writes; of a token only the time of its last use may change. */
const putBy = ({ members, sessions, invitations, passkeys }: IdentityCommit): readonly unknown[] => [
  ...(members?.put ?? []),
  ...(sessions?.put ?? []),
  ...(invitations?.put ?? []),
  ...(passkeys?.put ?? []),
];
