import type { RequestCard } from '@muster/protocol';
import type { ItemDecision } from './item-decision.ts';

type Decided = Pick<RequestCard, 'request' | 'resolution'>;

/** C7: how requests were answered, in words, by the item that each is about; '': it is about none. */
export function decisionsOf(decided: readonly Decided[]): ReadonlyMap<string, readonly ItemDecision[]> {
  const found = new Map<string, ItemDecision[]>();
  for (const one of decided) {
    const { request } = one;
    const itemId = request.kind === 'permission' ? (request.itemId ?? '') : '';
    found.set(itemId, [...(found.get(itemId) ?? []), decisionOf(one)]);
  }
  return found;
}

function decisionOf({ request, resolution }: Decided): ItemDecision {
  const { state, decider, at } = resolution;
  const title = request.kind === 'permission' ? request.tool.title : request.message;
  const { permissionId } = request;
  return {
    permissionId,
    title,
    state,
    answer: answerOf({ request, resolution }),
    decider: decider ?? null,
    at,
  };
}

function answerOf({ request, resolution }: Decided): string | null {
  const { decision } = resolution;
  if (decision === undefined || decision.type === 'cancelled') return null;
  if (decision.type === 'form') return decision.action;
  const options = request.kind === 'permission' ? request.options : [];
  return options.find(({ optionId }) => optionId === decision.optionId)?.name ?? decision.optionId;
}
