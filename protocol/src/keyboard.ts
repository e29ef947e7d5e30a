import * as z from 'zod';
import { ClientIdSchema, MemberIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';
import { RoleSchema } from './roles.ts';

/** One page, script or other client of a member: a driver is identified by both, since a member may have two pages. */
export const MemberClientSchema = z.object({
  memberId: MemberIdSchema,
  name: z.string().max(LIMITS.nameChars),
  clientId: ClientIdSchema,
});
export type MemberClient = z.infer<typeof MemberClientSchema>;

/** B9: the driver, who types into a terminal and sizes it, and those who ask to drive, first come first. */
export const KeyboardSchema = z.object({
  driver: MemberClientSchema.nullable(),
  asking: z.array(MemberClientSchema).max(LIMITS.asking),
});
export type Keyboard = z.infer<typeof KeyboardSchema>;

/**
 * Why the keyboard is where it is: it was free and somebody `typed` or `asked`; it was `granted` by its driver,
 * `taken` by an admin or its own member, `released`, passed on for being `idle`, or its driver has `left`.
 * `waiting`: the driver is the same, and who asks is not.
 */
export const KeyboardReasonSchema = z.enum([
  'typed',
  'asked',
  'granted',
  'taken',
  'released',
  'idle',
  'left',
  'waiting',
]);
export type KeyboardReason = z.infer<typeof KeyboardReasonSchema>;

/** A viewer. */
export const WatcherSchema = MemberClientSchema.extend({ role: RoleSchema, driving: z.boolean() });
export type Watcher = z.infer<typeof WatcherSchema>;
