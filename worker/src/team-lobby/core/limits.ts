import { KIB } from '@muster/protocol';

/** Limits of a lobby. Times in ms, sizes in bytes. */
export const LOBBY = {
  /** I1: how long a request's ack is remembered. */
  ackMemory: 600_000,
  /** I1: acks remembered; beyond it the oldest is forgotten. */
  acks: 10_000,
  /** agent:create: how long the runner has to answer. */
  createDeadline: 30_000,
  /** How long a call to a room may take before it is made again. */
  roomCallTimeout: 30_000,
  /** One agent's spec; so that a host's whole truth fits one message (S13). */
  specBytes: 256 * KIB,
  /** All specs of one host, for `lobby:welcome`. */
  welcomeBytes: 960 * KIB,
  /** All agents, or all hosts, for `agent:list` and `host:list`. */
  listBytes: 960 * KIB,
  /** C7: requests of one agent that the inbox keeps, and of all. */
  agentRequestBytes: 32 * KIB,
  requestBytes: 4 * 1024 * KIB,
  /** Facts of one host. */
  factsBytes: 16 * KIB,
  /** Overhead of a list entry beside names, labels and facts, at most. */
  entryBytes: 700,
  /** X19: sockets of members, those kept for operators and admins, and those of one member. */
  seats: { all: 5_000, kept: 250, member: 100 },
  /** X19: calls of one member that wait for an answer at a time. */
  callsPerMember: 100,
  /** L: subscriptions of one connection. */
  subscriptions: 100,
  /** L: connections a minute of one member, or of one host, and all of them at once … */
  connectionsPerMinute: 300,
  /** … and of how many budgets it is known in memory what is left of them. */
  budgetsInMemory: 10_000,
  /** R3: how long a presence change may wait for others, to be broadcast and stored with them. */
  presenceInterval: 1_000,
  /** H1: the least time between two sweeps. */
  sweepInterval: 10_000,
} as const;
