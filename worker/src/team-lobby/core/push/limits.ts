/** C10. Times in ms. */
export const PUSH = {
  outbox: {
    /** Pushes that wait at a time, of the whole team. */
    entries: 5_000,
    /** Platforms let one object call six servers at a time. */
    atOnce: 6,
    /** Above `PUSH_TIMEOUT`, within which each try ends. */
    lease: 30_000,
    tries: 8,
    wait: 2_000,
    longest: 600_000,
  },
  /** How old a push may become before it is given up, … */
  life: 3_600_000,
  /** … and a test, which somebody waits for. */
  testLife: 120_000,
  /** A test waits so long, so that a phone can be locked. */
  testDelay: 3_000,
  /** A turn that ended longer ago is no news. */
  news: 600_000,
  /** A notification that is decided on: title, argument and what is between, characters (C8). */
  decidedChars: 200,
  /** The name on a button, characters: devices cut longer ones. */
  buttonChars: 40,
} as const;
