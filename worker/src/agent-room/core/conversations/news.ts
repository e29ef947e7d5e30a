import type { EndedTurn, ResolvedRequest } from '@muster/protocol';
import type { RoomState } from '../state.ts';
import { isPending, type PermissionRecord } from './permission.ts';

/** What a report says of what is over: entries of each kind. */
const REPORTED = 10;

/** C10: how the newest requests ended. */
export const resolvedRequests = ({ permissions }: Pick<RoomState, 'permissions'>): ResolvedRequest[] =>
  [...permissions.values()]
    .filter((record) => !isPending(record))
    .sort((left, right) => right.resolution.at - left.resolution.at)
    .slice(0, REPORTED)
    .map(resolvedOf);

function resolvedOf({ request, resolution }: PermissionRecord): ResolvedRequest {
  const { state, decision, decider } = resolution;
  const options = request.kind === 'permission' ? request.options : [];
  const chosen = decision?.type === 'option' ? decision.optionId : null;
  const answer = options.find(({ optionId }) => optionId === chosen)?.name;
  return {
    permissionId: request.permissionId,
    state,
    ...(decider?.name === undefined ? {} : { name: decider.name }),
    ...(answer === undefined ? {} : { answer }),
  };
}

/** C10: the newest turn of each conversation that ended, where a member's message began it. */
export const endedTurns = ({ conversations }: Pick<RoomState, 'conversations'>): EndedTurn[] =>
  [...conversations.values()]
    .flatMap(({ conversationId, title, facts, turn }): EndedTurn[] => {
      if (turn?.endedAt === undefined || turn.memberId === undefined) return [];
      const { turnId, outcome, endedAt, memberId } = turn;
      if (outcome !== 'done' && outcome !== 'failed') return [];
      return [{ turnId, conversationId, title: title ?? facts.title ?? null, outcome, memberId, endedAt }];
    })
    .sort((left, right) => right.endedAt - left.endedAt)
    .slice(0, REPORTED);
