import * as z from 'zod';

/** Roles, least first (X5). */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const RoleSchema = z.enum(ROLES);
export type Role = z.infer<typeof RoleSchema>;

/** True when `role` may do what asks for at least `least`. */
export function allows(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** L: which limits count it. */
export const BUCKETS = {
  /** Those of its socket and of its member; without a socket, his at the object that answers. */
  message: 'at most 100 a second of one socket, 500 of one member',
  /** The same, and that of its agent; of a plain client, also its dialect's. */
  command: 'as other messages, and at most 10 a second of one member for one agent',
  /** Of one address, where it fails. */
  attempt: 'at most 20 a minute in vain from one address',
  /** Of one polled line: what is more is answered later. */
  poll: 'at most 50 a second of one line',
  /** Of one address, each route for itself: what anybody may ask, and no object answers. */
  open: 'at most 300 a minute from one address',
  none: 'not limited',
} as const;
export type BucketName = keyof typeof BUCKETS;

/** X5, L: who may, and how often. `anyone`: without a token, or with one that it brings itself. */
export interface Rule {
  readonly least: Role | 'anyone';
  readonly bucket: BucketName;
}
