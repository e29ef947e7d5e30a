/** L and H1: what a socket of either Durable Object may do. Times in ms. */
export const SOCKET = {
  /** L: messages a second of one viewer, and how many at once. */
  messagesPerSecond: 100,
  burst: 200,
  /** L: messages a second of one member over all sockets at one object, and how many at once. */
  memberMessagesPerSecond: 500,
  memberBurst: 2_000,
  /** L, dialect 004: commands a minute of one connection, and all of them at once. */
  commandsPerMinute: 10,
  /** L: members whose rate an object remembers. */
  rateLimitedMembers: 1_000,
  /** L: refusals in a row before the socket is closed with 4429. */
  refusalsBeforeClose: 10,
  /** Getting in: how long a socket without a token has to send one. */
  authDeadline: 5_000,
  /** X19: sockets at one object that have not brought their token yet. */
  unauthenticated: 500,
  /** Getting in: how long before its token ends a socket is warned. */
  expiryNotice: 60_000,
  /** Getting in: how long an expired socket may still refresh. */
  expiryGrace: 60_000,
  /** H1: what clients are asked to keep. */
  heartbeatInterval: 25_000,
  /** H1: silence after which a socket counts as dead. */
  silence: 60_000,
  /** The platform's bound on an attachment, bytes. */
  attachmentBytes: 16_384,
} as const;
