import { AgentRequestSchema, type RequestState, type Resolution, ResolutionSchema } from '@muster/protocol';
import * as z from 'zod';

/** C7: a request to people as it is stored, with what became of it. */
export const PermissionRecordSchema = z.object({
  request: AgentRequestSchema,
  resolution: ResolutionSchema,
  /** When policy decides, ms by the room's clock; null: never. */
  dueAt: z.number().nullable(),
  /** The keeper has the answer, or needs none. */
  delivered: z.boolean(),
  /** Of the request as JSON, characters. */
  chars: z.number(),
});
export type PermissionRecord = z.infer<typeof PermissionRecordSchema>;

export const isPending = ({ resolution }: PermissionRecord): boolean => resolution.state === 'pending';

/** What may follow what; what is over stays as it is. */
const NEXT: Record<RequestState, readonly RequestState[]> = {
  pending: ['decided', 'delivered', 'acknowledged', 'withdrawn', 'expired'],
  decided: ['delivered', 'acknowledged', 'withdrawn'],
  delivered: ['acknowledged'],
  acknowledged: [],
  withdrawn: [],
  expired: [],
};

/** The keeper's word on a request, if it is news; the first decision stays. null: it is none. */
export function resolvedBy(before: Resolution, told: Resolution, now: number): Resolution | null {
  if (!NEXT[before.state].includes(told.state)) return null;
  const decision = before.decision ?? told.decision;
  const decider = before.decider ?? told.decider;
  const { reason } = told;
  return {
    state: told.state,
    ...(decision === undefined ? {} : { decision }),
    ...(decider === undefined ? {} : { decider }),
    ...(reason === undefined ? {} : { reason }),
    at: now,
  };
}
