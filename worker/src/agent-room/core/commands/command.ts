import {
  ClientIdSchema,
  type CommandEnd,
  CommandEndSchema,
  CommandIdSchema,
  CommandLineSchema,
  type CommandStatus,
  CommandTimeoutSchema,
  EnvironmentSchema,
  EpochSchema,
  type FinalStatus,
  FinalStatusSchema,
  MemberIdSchema,
  PositionSchema,
  PrioritySchema,
  TerminalSizeSchema,
} from '@muster/protocol';
import * as z from 'zod';

/** Q7: somebody wants it to end. */
const StopSchema = z.object({ force: z.boolean(), by: MemberIdSchema, reason: z.string().nullable() });
const stop = StopSchema.nullable();

/** Where a command is in its life. Times: ms since 1970, by the room's clock. */
const LifeSchema = z.discriminatedUnion('at', [
  /** `notBefore`: a retry waits. */
  z.object({ at: z.literal('queued'), notBefore: z.number().nullable() }),
  /** Q5: the start was sent to the keeper, and may be sent again. */
  z.object({ at: z.literal('starting'), epoch: EpochSchema, since: z.number(), stop }),
  /** `startedAt`: by the server's clock. */
  z.object({
    at: z.literal('running'),
    epoch: EpochSchema,
    since: z.number(),
    startedAt: z.number(),
    stop,
  }),
  CommandEndSchema.extend({
    at: z.literal('ended'),
    status: FinalStatusSchema,
    endedAt: z.number(),
    /** The room gave up on a silent host; a late report replaces this (Q10). */
    presumed: z.boolean(),
    reason: z.string().nullable(),
    retriedBy: CommandIdSchema.nullable(),
  }),
]);
export type Life = z.infer<typeof LifeSchema>;
export type Ended = Extract<Life, { at: 'ended' }>;
export type Active = Extract<Life, { at: 'starting' | 'running' }>;

/** One command as it is stored. */
export const CommandRecordSchema = z.object({
  commandId: CommandIdSchema,
  command: CommandLineSchema,
  priority: PrioritySchema,
  interactive: z.boolean(),
  hold: z.boolean(),
  timeout: CommandTimeoutSchema.nullable(),
  environment: EnvironmentSchema,
  /** Tries that are left after this one. */
  retries: z.number().int().min(0),
  attempt: z.number().int().min(1),
  retryOf: CommandIdSchema.nullable(),
  requestedBy: MemberIdSchema,
  name: z.string(),
  clientId: ClientIdSchema,
  requestedAt: z.number(),
  /** Where in the stream it started; a row of an older room has none. */
  printsAfter: PositionSchema.nullable().default(null),
  /** Of its terminal; null: nobody sized it. */
  terminal: TerminalSizeSchema.nullable().default(null),
  life: LifeSchema,
});
export type CommandRecord = z.infer<typeof CommandRecordSchema>;

const NEXT: Record<Life['at'], readonly Life['at'][]> = {
  queued: ['queued', 'starting', 'ended'],
  starting: ['starting', 'running', 'ended'],
  running: ['running', 'ended'],
  ended: ['ended'],
};

/** The one table of what may follow what: nothing comes back to life, and what is final stays as it is. */
export function mayBecome(from: Life, to: Life): boolean {
  if (from.at === 'ended' && !(from.presumed && to.at === 'ended' && !to.presumed)) return false;
  return NEXT[from.at].includes(to.at);
}

export const isActive = (life: Life): life is Active => life.at === 'starting' || life.at === 'running';

/** Its status on the wire: one whose start was only sent is still queued. */
export function statusOf(life: Life): CommandStatus {
  switch (life.at) {
    case 'queued':
    case 'starting':
      return 'queued';
    case 'running':
      return 'running';
    case 'ended':
      return life.status;
  }
}

/** How it ended, without what else is known of it. */
export function endOf({ exitCode, signal, error, executionTime, bytes }: CommandEnd): CommandEnd {
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(error === undefined ? {} : { error }),
    ...(executionTime === undefined ? {} : { executionTime }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

/** Whether it could not be started. Its first process may have been there for a moment: so it does not count as cancelled. */
export const couldNotStart = (life: Life, { error }: CommandEnd): boolean =>
  life.at === 'starting' && error !== undefined;

/** Q7, Q11: the final status that the host's report leads to. */
export function finalStatus(life: Life, end: CommandEnd, interrupted: boolean): FinalStatus {
  if (interrupted && !couldNotStart(life, end)) return life.at === 'starting' ? 'cancelled' : 'interrupted';
  return end.error === undefined && end.exitCode === 0 ? 'completed' : 'failed';
}
