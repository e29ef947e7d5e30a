import { HostIdSchema, MemberIdSchema, TeamIdSchema } from '@muster/protocol';

/** 2026-01-01, a whole second. */
export const NOW = Date.UTC(2026, 0, 1);
export const KEY = new Uint8Array(32).fill(1);
export const TEAM = TeamIdSchema.parse('default');
export const MEMBER_BODY = {
  sub: MemberIdSchema.parse('m-1'),
  team: TEAM,
  role: 'admin',
  name: 'Ada Łucja',
  sid: 's-1',
} as const;
export const HOST_ID = HostIdSchema.parse('00000000-0000-4000-8000-000000000001');
