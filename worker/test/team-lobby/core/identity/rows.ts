import { LIMITS, MemberIdSchema } from '@muster/protocol';
import { newSession } from '../../../../src/team-lobby/core/identity/sessions.ts';
import {
  type MemberRow,
  MemberRowSchema,
  type SessionRow,
  type TokenRow,
  TokenRowSchema,
} from '../../../../src/team-lobby/core/identity/types.ts';

export const NOW = 1_000_000;

/** An admin of every agent, unless said otherwise. */
export const memberRow = (id: string, over: Partial<MemberRow> = {}): MemberRow =>
  MemberRowSchema.parse({
    ...{ id, name: id, role: 'admin', agents: null, email: null, createdAt: 1, removedAt: null },
    ...over,
  });

export const sessionRow = (id: string, expiresAt = NOW + 1): SessionRow => ({
  ...newSession(
    MemberIdSchema.parse(id),
    { sid: `s-${id}`, refresh: 'r', expiresAt, device: 'x', address: null },
    1,
  ),
});

export const tokenRow = (over: Partial<TokenRow> = {}): TokenRow =>
  TokenRowSchema.parse({
    ...{ id: 'k', name: 'build', role: 'operator', agents: null, hash: 'h', createdBy: 'ada' },
    ...{ createdAt: 1, expiresAt: NOW + 1, usedAt: null },
    ...over,
  });

/** As many as a team may have. */
export const fullTeam = (): MemberRow[] =>
  Array.from({ length: LIMITS.membersPerTeam }, (_, index) => memberRow(`m${index}`));
