import * as z from 'zod';

/** Roles, least first (X5). */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const RoleSchema = z.enum(ROLES);
export type Role = z.infer<typeof RoleSchema>;

/** True when `role` may do what asks for at least `least`. */
export function allows(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** L, X18: which limits count it. */
export const BUCKETS = {
  /** Those of its socket and of its member; without a socket, theirs at the object that answers. */
  message: 'at most 100 a second of one socket, 500 of one member',
  /** The same, and its member's acts at one agent, or at the lobby. */
  act: 'as other messages, and at most 20 acts a second, 200 at once, of one member for one agent or on the list',
  /** The same, and sizes of terminals, which come as fast as a window is dragged. */
  resize: 'as other messages, and at most 30 a second, 300 at once, of one member for one agent',
  /** The same, and commands of its member and of its agent; of a plain client, also its dialect's. */
  command: 'as other messages, and at most 10 a second of one member for one agent',
  /** Of one member over the whole team: what is stored about people, tokens and hosts. */
  people: 'at most 30 a minute of one member, 60 at once',
  /** Of the member who signed in. */
  session: 'at most 30 renewals a minute of one member, 60 at once',
  /** Of one address, where it fails. */
  attempt: 'at most 20 a minute in vain from one address',
  /** Of one polled line: what is more is answered later; and of one member. */
  poll: 'at most 50 a second of one line, 300 of one member',
  /** Of one address, each route for itself: what anybody may ask, and no object answers. */
  open: 'at most 300 a minute from one address',
  /** Of one member over the whole team: what reads a little, … */
  read: 'at most 100 a second of one member, 1,000 at once',
  /** … and what reads much: searches, recordings, the audit log. */
  search: 'at most 10 a second of one member, 100 at once',
  none: 'not limited',
} as const;
export type BucketName = keyof typeof BUCKETS;

/** X18: the limits that may count what writes a row or a file: without one of them no writing rule compiles. */
export type WriteBucket = 'act' | 'resize' | 'command' | 'people' | 'session' | 'attempt';

/** X18: what writes has a budget of its author's. */
export type Counted =
  | { readonly writes: true; readonly bucket: WriteBucket }
  | { readonly writes: false; readonly bucket: BucketName };

/** X5, L: the least role, and the rate limit. `anyone`: without a token, or with one in the message itself. */
export type Rule = Counted & { readonly least: Role | 'anyone' };
