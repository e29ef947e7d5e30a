import type { PastAgent, TeamId } from '@muster/protocol';

/** One step of a command, as its room sends it. Absent fields did not change. */
export interface CommandEvent {
  /** 1, 2, 3 … per agent, never reused: a step that is sent again is recognized by it. */
  readonly number: number;
  readonly commandId: string;
  readonly agentUid: string;
  /** null: there was no such command; then `memberId` asked for it, and its line and other input are given. */
  readonly from: string | null;
  readonly to: string;
  readonly cause: string;
  /** ms since 1970. */
  readonly at: number;
  /** Whose doing it was; absent: nobody's. */
  readonly memberId?: string | undefined;
  readonly name?: string | undefined;
  readonly reason?: string | undefined;
  readonly command?: string | undefined;
  readonly priority?: string | undefined;
  readonly interactive?: boolean | undefined;
  /** ms. */
  readonly timeout?: number | undefined;
  readonly attempt?: number | undefined;
  readonly retryOf?: string | undefined;
  /** ms since 1970, by the host's clock. */
  readonly startedAt?: number | undefined;
  /** How it ended: with a `to` that is final. */
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly error?: { readonly code: string; readonly message?: string | undefined } | undefined;
  /** ms. */
  readonly executionTime?: number | undefined;
  readonly bytes?: { readonly stdout: number; readonly stderr: number } | undefined;
  /** What it printed, to be searched: `searchable` of its first `HISTORY.outputChars`. */
  readonly output?: string | undefined;
}

/** What one room writes at a time. */
export interface HistoryBatch {
  readonly team: TeamId;
  readonly agentId: string;
  /** In the order of their numbers. */
  readonly events: readonly CommandEvent[];
  /** The agent itself, where history does not know it as it is. */
  readonly agent?: PastAgent | undefined;
}

/** Where a room's shell brings its steps, from its alarm. */
export interface HistoryWriter {
  /** Idempotent, and steps may come again after newer ones. All of it is written when it resolves. @throws Error when it could not be */
  write(batch: HistoryBatch): Promise<void>;
  /** Idempotent: what is the same writes no row. @throws Error when it could not be */
  writeAgent(team: TeamId, agent: PastAgent): Promise<void>;
}

export const HISTORY = {
  /** Of what a command prints, what can be searched: characters. */
  outputChars: 64 * 1024,
  /** One parameter of a statement, as JSON: bytes (D1 takes 2 MB). */
  parameterBytes: 1024 * 1024,
  /** Steps listed with one command. */
  stepsShown: 200,
  /** Ids within one ms; so they are exact in JavaScript up to the year 2248. */
  idsPerMs: 1024,
} as const;
