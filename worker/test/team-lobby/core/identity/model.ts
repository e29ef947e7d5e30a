import { type AgentUid, allows, type Role } from '@muster/protocol';
import { applyChanges, type MemberClaims, tokenSid } from '../../../../src/auth/claims.ts';
import { sessionRights, tokenRights } from '../../../../src/team-lobby/core/identity/access-rights.ts';
import { isPresent, mayGrant } from '../../../../src/team-lobby/core/identity/roster.ts';
import type {
  AccessRights,
  MemberRow,
  RightsChange,
} from '../../../../src/team-lobby/core/identity/types.ts';
import { EVERY_ROOM, type Visited } from '../../../../src/team-lobby/core/identity/visits.ts';
import { TEAM } from '../../../auth/bodies.ts';
import type { IdentityRig } from './rig.ts';

/** A team at one moment, as its rows say. */
export interface Picture {
  readonly revision: number;
  readonly members: ReadonlyMap<string, MemberRow>;
  /** Of each sign-in that may do something, by its sid. */
  readonly rights: ReadonlyMap<string, AccessRights>;
  /** X18: the rooms that each sign-in has been in. */
  readonly visits: readonly { readonly sid: string; readonly memberId: string; readonly visited: Visited }[];
}

export function pictureOf({ store, now }: IdentityRig): Picture {
  const members = new Map(store.members.all().map((row) => [String(row.id), row]));
  const revision = store.revision();
  const sessions = store.sessions
    .all()
    .map((row) => sessionRights(members.get(row.memberId) ?? null, row, revision, now));
  const tokens = store.tokens
    .all()
    .map((row) => tokenRights(members.get(row.createdBy) ?? null, row, revision, now));
  const rights = new Map(
    [...sessions, ...tokens].flatMap((result) => (result.ok ? [[result.value.sid, result.value]] : [])),
  );
  const sids = [
    ...store.sessions.all().map(({ sid, memberId }) => ({ sid, memberId })),
    ...store.tokens.all().map(({ id, createdBy: memberId }) => ({ sid: tokenSid(id), memberId })),
  ];
  const visits = sids.map(({ sid, memberId }) => ({ sid, memberId, visited: store.visited(sid) }));
  return { revision, members, rights, visits };
}

/** Whether this sign-in may grant rights. */
export function isFullAdmin({ rights }: Picture, sid: string): boolean {
  const known = rights.get(sid);
  return known !== undefined && known.member.role === 'admin' && known.agents.length === 0;
}

/** The members who may do something that they, or nobody of their id, could do before. */
export const gainers = (before: Picture, after: Picture): MemberRow[] =>
  [...after.members.values()].filter((row) => {
    const old = before.members.get(row.id);
    if (!isPresent(row)) return false;
    if (old === undefined || !isPresent(old)) return true;
    const widens = old.agents !== null && JSON.stringify(row.agents) !== JSON.stringify(old.agents);
    return widens || !allows(old.role, row.role);
  });

/** @throws when a token of the team may do more than its maker */
export function checkTokens({ store }: IdentityRig, { rights, members }: Picture): void {
  for (const token of store.tokens.all()) {
    const may = rights.get(tokenSid(token.id));
    const maker = members.get(token.createdBy);
    if (may === undefined || maker === undefined) continue;
    const roles: Role[] = [maker.role, token.role];
    if (!roles.every((role) => allows(role, may.member.role)))
      throw new Error(`${token.id} may do more than ${maker.id}`);
    if (maker.agents !== null && !may.agents.includes(maker.agents))
      throw new Error(`${token.id} sees more than ${maker.id}`);
  }
}

/** @throws when something is left by which a removed or lowered member could return */
export function checkLeftovers({ store }: IdentityRig, { members }: Picture): void {
  const isGone = (id: string) => {
    const member = members.get(id);
    return member === undefined || !isPresent(member);
  };
  const { sessions, tokens, passkeys } = store;
  const left = [
    ...sessions.all().filter(({ memberId }) => isGone(memberId)),
    ...tokens.all().filter(({ createdBy }) => isGone(createdBy)),
    ...passkeys.all().filter(({ memberId }) => isGone(memberId)),
    ...store.invitations.all().filter(({ createdBy }) => {
      const maker = members.get(createdBy);
      return maker === undefined || !mayGrant(maker);
    }),
  ];
  if (left.length > 0) throw new Error(`left behind: ${JSON.stringify(left)}`);
}

const claimsOf = ({ member, agents, sid, revision, expiresAt }: AccessRights): MemberClaims => ({
  ...{ kind: 'member', team: TEAM, expiresAt, member: member.id, name: member.name, role: member.role },
  ...{ agents: [...agents], sid, revision },
});

/** The changes that concern a sign-in, and what its claims become by them; null: nothing. */
function followed(before: AccessRights, changes: readonly RightsChange[]) {
  const claims = claimsOf(before);
  const own = changes.filter((change) => applyChanges(claims, [change]) !== claims);
  return { own, claims: applyChanges(claims, own) };
}

/**
 * @throws when rights changed and open sockets do not follow, or follow twice. `changes`: all that the event published
 */
export function checkPublished(before: Picture, after: Picture, changes: readonly RightsChange[]): void {
  for (const { revision } of changes)
    if (revision <= before.revision || revision > after.revision) throw new Error(`revision ${revision}`);
  for (const [sid, old] of before.rights) {
    const now = after.rights.get(sid);
    const { own, claims } = followed(old, changes);
    const isSame =
      now !== undefined &&
      JSON.stringify([old.member, old.agents]) === JSON.stringify([now.member, now.agents]);
    if (own.length > 1 || (own.length === 0 && !isSame))
      throw new Error(`${sid} follows ${own.length} changes`);
    const shown = claims === null ? null : { name: claims.name, role: claims.role, agents: claims.agents };
    const { name, role } = now?.member ?? {};
    const expected = now === undefined ? null : { name, role, agents: now.agents };
    if (JSON.stringify(shown) !== JSON.stringify(expected))
      throw new Error(`${sid} has ${JSON.stringify(shown)}, not ${JSON.stringify(expected)}`);
  }
}

/** X18: the rooms that a change concerns: no other has a socket of its member. */
export const roomsOf = (
  { visits }: Picture,
  { who }: RightsChange,
  rooms: readonly AgentUid[],
): readonly AgentUid[] => {
  const own = visits.filter(({ sid, memberId }) =>
    who.kind === 'session' ? sid === who.sid : memberId === who.memberId,
  );
  return rooms.filter((room) => own.some(({ visited }) => visited === EVERY_ROOM || visited.includes(room)));
};
