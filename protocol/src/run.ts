import * as z from 'zod';
import { TerminalSizeSchema } from './agent.ts';
import { LIMITS } from './limits.ts';

const time = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** How a program's last run ended, as far as its host knows. Times: ms since 1970, by the host's clock. */
export const PreviousRunSchema = z.object({
  /** Absent: it could not be started. */
  startedAt: time.optional(),
  /** Absent: nobody saw it end. */
  endedAt: time.optional(),
  exitCode: z.number().int().optional(),
  signal: z.string().max(32).optional(),
  /** Details beyond the numbers. */
  reason: z.string().max(LIMITS.textChars).optional(),
});
export type PreviousRun = z.infer<typeof PreviousRunSchema>;

/** The cause of a start: a request, the restart policy, or the host when that itself starts. */
export const RunCauseSchema = z.enum(['person', 'policy', 'host']);
export type RunCause = z.infer<typeof RunCauseSchema>;

/** P7: one start of a program. All that the program prints stands after the frame that holds this. */
export const RunSchema = z.object({
  by: RunCauseSchema,
  /**
   * The terminal it starts in; absent: pipes. `used`: the rows, from the top, that hold something of the runs before;
   * absent: the host does not know.
   */
  terminal: TerminalSizeSchema.extend({
    used: z.number().int().min(0).max(LIMITS.terminalCells).optional(),
  }).optional(),
  /** Absent: the first one, or nobody knows. */
  previous: PreviousRunSchema.optional(),
});
export type Run = z.infer<typeof RunSchema>;
