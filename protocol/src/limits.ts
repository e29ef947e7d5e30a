/**
 * Every bound on the wire, named, with its unit (rules S, L). A schema that takes outside data
 * reads its maximum from here, so a limit is changed in one place.
 */
export const KIB = 1024;
export const MIB = 1024 * KIB;

export const LIMITS = {
  /** S13: one WebSocket message either way, bytes. */
  messageBytes: MIB,
  /** G5: one answer of a long poll, bytes: so much, or one message; and how long it may be asked to wait, ms. */
  pollBytes: MIB,
  pollWait: 25_000,
  /** S12: the raw size of one batch, bytes. */
  batchRawBytes: MIB,
  /** S11: one chunk (= one frame) of output, bytes. */
  chunkBytes: 10 * KIB,
  /** S11: one message of output, bytes of payload. */
  outputMessageBytes: 256 * KIB,
  /** S12: frames in one batch. */
  batchFrames: 65_536,
  /** Envelope: `id`, characters. */
  messageIdChars: 128,
  /** Agent names, characters. */
  nameChars: 100,
  /** A path on a host, characters. */
  pathChars: 4096,
  /** One argument of a program, characters. */
  argumentChars: 32 * KIB,
  /** Arguments of a program. */
  argumentCount: 256,
  /** Environment variables of an agent. */
  environmentEntries: 256,
  environmentNameChars: 128,
  environmentValueChars: 32 * KIB,
  /** Labels of an agent. */
  labelEntries: 32,
  labelChars: 100,
  /** L: one input, characters (at most 64 KiB of UTF-8 are checked by the room). */
  inputBytes: 64 * KIB,
  /** A token (JWT), characters. */
  tokenChars: 8 * KIB,
  /** A free text that a person wrote or reads (reason, error message), characters. */
  textChars: 4096,
  /** Entries of a free record: an error's details, an ack's result, a client's word on itself. */
  recordEntries: 64,
  /** L: one command line, bytes of UTF-8. */
  commandBytes: 8 * KIB,
  /** Characters of a command line in lists. */
  commandShownChars: 1024,
  /** Variables of one command, characters of names and values together. */
  commandEnvironmentChars: 16 * KIB,
  /** Q6: 7 days, ms. */
  commandTimeout: 7 * 24 * 3_600_000,
  /** Tries of a command after its first. */
  commandRetries: 10,
  /** Q3: commands that wait on one agent. */
  queuedCommands: 100,
  /** X19: of them, those of one member: the other places are for others. */
  queuedCommandsOfMember: 80,
  /** Q2: commands that run on one agent at a time, at most. */
  runningCommands: 16,
  /** Commands that ended and are still listed. */
  endedCommandsListed: 20,
  /** Filters of one subscription. */
  filterCount: 64,
  filterChars: 64,
  /** L: agents on one host. */
  agentsPerHost: 100,
  /** Agents in one list. */
  agentsPerTeam: 10_000,
  /** Hosts of one team. */
  hostsPerTeam: 1_000,
  /** Terminal size, cells. */
  terminalCells: 1_000,
  /** Roots a host allows. */
  rootCount: 64,
  /** B9: clients that ask for one keyboard at a time. */
  asking: 8,
  /** X19: of them, those of one member. */
  askingOfMember: 2,
  /** B9: watchers that a presence list names; more are only counted. */
  watchersListed: 32,
  /** X5: agents that one limit names. */
  limitNames: 256,
  /** X5: one limit as JSON, bytes: a socket keeps its member's and its token's, and has 16 KiB for all it keeps. */
  limitBytes: 4 * KIB,
  /** Members of one team, those who are no longer with it among them. */
  membersPerTeam: 1_000,
  /** X3: links that nobody has used yet. */
  invitationsPerTeam: 200,
  /** API tokens of one member. */
  tokensPerMember: 50,
  /** How long an API token may live, ms. */
  tokenLifetime: 366 * 24 * 3_600_000,
  /** An e-mail address, characters (RFC 5321). */
  emailChars: 254,
  /** X3: sessions of one member; one more ends the one that was unused for longest. */
  sessionsPerMember: 50,
  /** X3. */
  passkeysPerMember: 20,
  /** A device's User-Agent, characters. */
  deviceChars: 200,
  /** X8: an IP address, characters. */
  addressChars: 64,
  /** X8: what an audit entry says of what was asked, characters. */
  auditDetailChars: 2048,
  /** C15: conversations of one agent. */
  conversationsPerAgent: 50,
  /** The title of a conversation or of a tool call, characters. */
  titleChars: 200,
  /** C15: one item of a conversation as JSON, characters; a longer tool result is cut in the middle. */
  itemChars: 256 * KIB,
  /** C15: of an item, what a tool was given or printed, characters of each. */
  toolTextChars: 200 * KIB,
  /** Entries of a tool's content, of its locations, of a plan. */
  toolContents: 64,
  planEntries: 256,
  /** One message to an agent, characters; and its parts. */
  promptChars: 128 * KIB,
  promptParts: 64,
  /** C15: one uploaded file, bytes; those of one message together; and what one message of a keeper's fetch carries. */
  fileBytes: 5 * MIB,
  promptFileBytes: 24 * MIB,
  filePartBytes: 256 * KIB,
  /** C15: paths that a search for `@` answers, its text, characters; and sessions of one page. */
  pathsFound: 50,
  pathQueryChars: 200,
  sessionsListed: 50,
  /** C12: messages that wait in one conversation. */
  queuedMessages: 50,
  /** C9: options of one request, and the characters of each name. */
  requestOptions: 16,
  optionChars: 200,
  /** C8: a request as JSON, characters. */
  requestChars: 384 * KIB,
  /** C7: requests of one agent that are open at a time. */
  openRequests: 100,
  /** C7: what the lobby keeps of a request's argument, characters. */
  requestHeadChars: 4 * KIB,
  /** C14: items that joining sends, and items of one page. */
  itemsOnJoin: 100,
  itemsPage: 200,
  /** Commands, options and modes that an agent offers in a conversation. */
  agentOffers: 256,
  /** C9: rules of an agent's policy, the characters of a pattern, kinds that must ask, and all of it as JSON, characters. */
  policyRules: 50,
  policyPatternChars: 500,
  policyKinds: 16,
  policyChars: 32 * KIB,
  /** Cursors in one dashboard:connect. */
  cursorCount: 1_000,
} as const;
