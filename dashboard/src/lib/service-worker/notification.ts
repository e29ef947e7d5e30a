// The small form: this is read whenever a browser wakes the worker, before a page shows.
import * as z from 'zod/mini';

/** Characters shown of what a push says. Systems cut earlier, at a place of their own. */
const TITLE_CHARS = 120;
const BODY_CHARS = 600;
const ACTION_CHARS = 60;
/** Buttons that browsers show. */
const MOST_ACTIONS = 2;

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));
const ActionSchema = z.object({ action: text(1_024), title: text(1_024), token: text(4_096) });
export type PushAction = z.infer<typeof ActionSchema>;

/** Kinds that wait for a person's answer. */
const WAITING: readonly string[] = ['request', 'reminder'];

/** What can be read is shown, whatever else came with it. */
const PayloadSchema = z.object({
  kind: z.catch(z.string(), ''),
  title: z.string().check(z.minLength(1)),
  body: z.catch(z.string(), ''),
  tag: z.catch(z.string().check(z.maxLength(200)), ''),
  url: z.catch(z.string(), '/'),
  actions: z.catch(z.array(ActionSchema), []),
  at: z.catch(z.optional(z.number()), undefined),
  badge: z.catch(z.optional(z.int().check(z.nonnegative())), undefined),
});

/** What stays with a notification until it is pressed. */
const KeptSchema = z.object({
  url: z.catch(z.string(), '/'),
  actions: z.catch(z.array(ActionSchema), []),
});
export type KeptData = z.infer<typeof KeptSchema>;

/** Beside what a page's types know. */
export interface ShownOptions extends NotificationOptions {
  readonly actions?: readonly { readonly action: string; readonly title: string }[];
  readonly renotify?: boolean;
  readonly timestamp?: number;
}

export interface ShownNotification {
  readonly title: string;
  readonly options: ShownOptions;
  /** For the app's icon; null: as it is. */
  readonly badge: number | null;
}

export const LOOKS = { icon: '/icons/icon-192.png', badge: '/icons/badge-96.png' };

/** A push that cannot be read shows this: a browser takes the right away from pages that stay silent. */
const UNREADABLE = {
  title: 'Muster',
  body: 'Something happened. Open Muster to see it.',
};

/** The notification of a push. */
export function notificationOf(sent: string | null): ShownNotification {
  const payload = PayloadSchema.safeParse(jsonOf(sent));
  if (!payload.success) {
    const { title, body } = UNREADABLE;
    return { title, options: { body, ...LOOKS, data: { url: '/', actions: [] } }, badge: null };
  }
  const { kind, title, body, tag, url, at, badge } = payload.data;
  const actions = payload.data.actions.slice(0, MOST_ACTIONS);
  return {
    title: title.slice(0, TITLE_CHARS),
    options: {
      body: body.slice(0, BODY_CHARS),
      ...LOOKS,
      ...(tag === '' ? {} : { tag, renotify: kind !== 'answered' }),
      ...(at === undefined ? {} : { timestamp: at }),
      // A request waits for a person; the rest is news, and that somebody answered needs no sound.
      requireInteraction: WAITING.includes(kind),
      ...(kind === 'answered' ? { silent: true } : {}),
      actions: actions.map((one) => ({ action: one.action, title: one.title.slice(0, ACTION_CHARS) })),
      data: { url, actions } satisfies KeptData,
    },
    badge: badge ?? null,
  };
}

/** The data of a notification that was pressed; nothing where it is not ours. */
export function keptData(data: unknown): KeptData {
  const kept = KeptSchema.safeParse(data);
  return kept.success ? kept.data : { url: '/', actions: [] };
}

/** An address of ours, whatever a push says: else the first page. */
export function ownAddress(url: string, origin: string): string {
  const address = URL.parse(url, origin);
  return address?.origin === origin ? address.href : new URL('/', origin).href;
}

function jsonOf(sent: string | null): unknown {
  try {
    return JSON.parse(sent ?? '');
  } catch {
    return null;
  }
}
