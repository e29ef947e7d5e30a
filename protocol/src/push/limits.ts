/** C10: bounds of pushes on the wire. */
export const PUSH_LIMITS = {
  /** Devices of one member. */
  devices: 10,
  /** The address of a push service for one device, characters. */
  endpointChars: 1024,
  /** Agents that one person mutes. */
  muted: 256,
  /** The name of a time zone, characters. */
  timeZoneChars: 64,
  /** A day. */
  reminderMinutes: 1440,
  /** One payload as JSON, bytes: every push service takes 4,096 with its encryption. */
  payloadBytes: 3072,
  /** Title and body of a notification, characters. */
  titleChars: 120,
  bodyChars: 300,
  /** The token of a button, characters. */
  tokenChars: 1024,
  /** Buttons that one notification offers. */
  actions: 2,
  /** How long the token of a button acts, ms. */
  actionLifetime: 600_000,
  /** `page:focus`: how often a page that is looked at says so, and how long it counts, ms. */
  focusRenewal: 15_000,
  focusLease: 20_000,
  /** How long a page has to acknowledge an event before it is pushed, ms. */
  acknowledge: 5_000,
} as const;
