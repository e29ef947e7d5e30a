import * as z from 'zod';
import { AgentIdSchema } from '../ids.ts';
import { PUSH_LIMITS } from './limits.ts';

/** C10: what a person is notified of, each of which they may switch off. */
export const PUSH_EVENTS = ['request', 'finished', 'failed', 'attention'] as const;
export const PushEventSchema = z.enum(PUSH_EVENTS);
export type PushEvent = z.infer<typeof PushEventSchema>;

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 22:30');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** C10: pushes are withheld from `from` until `to`, by the clocks of this time zone; over midnight where `to` is earlier. */
export const QuietHoursSchema = z.object({
  from: clock,
  to: clock,
  timeZone: z
    .string()
    .max(PUSH_LIMITS.timeZoneChars)
    .refine(isTimeZone, 'must be a time zone such as Europe/Berlin'),
});
export type QuietHours = z.infer<typeof QuietHoursSchema>;

/** C10: what one person is notified of, on all their devices. */
export const PushSettingsSchema = z.object({
  events: z.object({
    /** An agent asks: a permission, a form or a link. */
    request: z.boolean(),
    /** A turn ended in a conversation that the person wrote in. */
    finished: z.boolean(),
    /** An agent crashed or could not be started. */
    failed: z.boolean(),
    /** C13a: a terminal agent rang, or says that it waits. */
    attention: z.boolean(),
  }),
  /** Agents that notify this person of nothing. */
  muted: z.array(AgentIdSchema).max(PUSH_LIMITS.muted),
  quietHours: QuietHoursSchema.nullable(),
  /** Minutes until a request that still waits is pushed once more; null: never. */
  reminder: z.number().int().min(1).max(PUSH_LIMITS.reminderMinutes).nullable(),
});
export type PushSettings = z.infer<typeof PushSettingsSchema>;

/** Of a person who has set nothing. */
export const DEFAULT_PUSH_SETTINGS: PushSettings = {
  events: { request: true, finished: true, failed: true, attention: true },
  muted: [],
  quietHours: null,
  reminder: null,
};
