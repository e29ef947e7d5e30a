import { KIB, MIB } from '@muster/protocol';

const DAY = 86_400_000;

/** The room's bounds, named with their units (rules S4, S5, S6, S8, I1, L). */
export const ROOM_LIMITS = {
  /** S4: the unstored tail is written when it holds this many bytes … */
  tailBytes: MIB,
  /** … or when an event comes this long (ms) after its oldest frame. The keeper's flush comes before that, 3 s apart. */
  tailAge: 4_000,
  /** S5: the newest segment is rewritten until it holds this many bytes. */
  openSegmentBytes: 64 * KIB,
  /** S5: old segments go once both of these are exceeded … */
  keptBytes: 8 * MIB,
  keptFrames: 1_000,
  /** … and in any case above this. */
  keptBytesCap: 64 * MIB,
  /** S5, recording: ms for which output is kept, and wire bytes at most, unless the deployment says otherwise; … */
  recordedTime: 30 * DAY,
  recordedBytes: 256 * MIB,
  /** … ms that what is over its time may stay, so that an idle room's alarm rings once a day at most; … */
  recordedGrace: DAY,
  /** … a screen is kept with it when so many times its own bytes were printed since the one before. */
  keyframeWorth: 4,
  /** Wire bytes of a recording that one question is answered with, to within a segment. */
  recordingPiece: MIB,
  /** S6a: ended epochs a cursor may still name: a host that lost power so often has its reader's rest shown as a gap. */
  pastEpochs: 16,
  /** X8: entries sent to the lobby in one call, and those that wait for it in memory: all are in the store. */
  auditBatch: 64,
  auditPending: 1_000,
  /** S1: how often a keeper is asked for an epoch that the room never saw. */
  epochAsks: 3,
  /** Read segments held in memory, so that feeding many viewers reads each once. */
  cachedSegments: 4,
  /** S8: unacked wire bytes at which a live viewer is parked, and up to which it may ask for the deep past. */
  parkBytes: MIB,
  resumeBytes: 512 * KIB,
  /** S8: a portion of what a parked viewer is given: a message is no larger. */
  feedBytes: 256 * KIB,
  /** S8: wire bytes under way for a parked viewer: at first, at most … */
  windowBytes: 768 * KIB,
  maxWindowBytes: 4 * MIB,
  /** … for all viewers of a room together, where that is more than the first window each … */
  roomWindowBytes: 32 * MIB,
  /** … and how soon (ms) a reader acks what is to earn it more: then even a full window delays no key's echo longer. */
  promptAck: 250,
  /** S14: wire bytes a `screen` viewer is given that it missed; beyond this a snapshot takes their place. */
  replayBytes: MIB,
  /** S14: a snapshot this many wire bytes behind the newest frame is too old for a new viewer: another is asked for. */
  staleBytes: 4 * MIB,
  /** S8: ms a parked viewer may go without acking anything while more is there for it. */
  stalledTime: 60_000,
  /** X19: sockets of members in one room, those kept for operators and admins, and those of one member. */
  sockets: { all: 1_000, kept: 50, member: 100 },
  /** X19: calls of one member that wait for an answer at a time. */
  callsOfMember: 100,
  /** B9: ms a driver whose sockets are gone may take to come back, … */
  driverGrace: 10_000,
  /** … and the time without a key after which the lease goes to any client that asks. */
  driverIdle: 30_000,
  /** B9: while somebody asks, the driver's last key is stored when the stored one is so old, ms. */
  typedGrain: 10_000,
  /** R1: with more watchers than this, presence is sent to all at most once in so many ms. */
  presenceAtOnce: 32,
  presenceEvery: 5_000,
  /** ms a keeper may take to answer a program request: terminate alone has 10 s of grace. */
  requestTimeout: 30_000,
  /** L: commands a second and at once for one agent: of one member, and of all. */
  memberCommands: { perSecond: 10, burst: 20 },
  commands: { perSecond: 20, burst: 40 },
  /** Q10: commands that ended and that the room still knows. */
  endedCommands: 40,
  /** Steps of commands that wait for history; the oldest go. */
  commandEvents: 1_000,
  /** Q6: ms after its timeout that a host may need to end a command (10 s of grace) and to report it. */
  commandSilence: 70_000,
  /** ms before a retry that is due and could not start is looked at again. */
  commandLook: 5_000,
  /** I1: sockets and calls that wait for the answer to one request. */
  waitersPerRequest: 8,
  /** L: requests that are remembered, ten commands a second for as long as that is among them. */
  requests: 10_000,
  /** I1: ms an answered request is remembered. */
  requestMemory: 600_000,
  /** C15: items of a conversation, and their characters as JSON; the oldest go. */
  conversationItems: 5_000,
  conversationChars: 16 * MIB,
  /** C15: bytes of uploaded files in one conversation, and in a room; and how many files. */
  conversationFileBytes: 64 * MIB,
  fileBytes: 256 * MIB,
  files: 500,
  /** C15: ms that a file waits for a message, and that it is kept after one took it along. */
  fileUnused: 3_600_000,
  fileKept: 30 * DAY,
  /** Questions to a host that wait for their answer in one room at a time; and how long (ms) each may take. */
  hostQueries: 16,
  filesAnswer: 3_000,
  sessionsAnswer: 45_000,
  /** C2: ms after which a conversation in which nothing happens is closed. */
  conversationIdle: DAY,
  /** C12: characters of all that waits in a conversation, where more than one message does: it is a part of one row. */
  queuedChars: 128 * KIB,
  /** I1: messages of a conversation that are known again after they left its queue. */
  rememberedMessages: 100,
  /** Characters of each list of what an agent offers in a conversation. */
  factChars: 64 * KIB,
  /** C7: characters of the requests that the state of a conversation shows, … */
  pendingShownChars: 192 * KIB,
  /** … of those that a report to the lobby has, … */
  reportedRequestChars: 256 * KIB,
  /** … characters of all that wait for people, … */
  openRequestChars: 8 * MIB,
  /** … and requests that are over and still known, with their characters. */
  keptRequests: 40,
  keptRequestChars: 4 * MIB,
  /** C2: conversations that one socket reads at a time. */
  readConversations: 8,
  /** C14: characters of the items that joining sends, and of one page. */
  joinChars: 256 * KIB,
  pageChars: MIB,
  /** H1: a keeper that is silent for this long (ms) counts as gone when the room needs it. */
  keeperSilence: 45_000,
  /** R3: reports that may be numbered within one ms before the numbers run ahead of the clock. */
  reportsPerMs: 1_000,
  /** ms that a host's clock may be off, or its hello on its way, before its times are corrected. */
  clockSlack: 2_000,
  /** R3a: ms to which the time of the last output or input is rounded. */
  activityGrain: 30_000,
} as const;
