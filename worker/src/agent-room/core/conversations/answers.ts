import type { Decision, ViewerMessage, WireError } from '@muster/protocol';
import { wireError } from '@muster/protocol';
import type { Outcome } from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { enqueueNext } from './chat.ts';
import { isEnded } from './conversation.ts';
import { isPending, type PermissionRecord } from './permission.ts';
import { decide } from './permissions.ts';
import { isTold } from './readers.ts';

export type AnswerMessage = Extract<ViewerMessage, { type: 'permission:respond' | 'elicitation:respond' }>;

const refused = (error: WireError): Outcome => ({ type: 'refused', error });
const field = (name: string) => ({ field: name });

/** C3, C8: the first answer of somebody who saw what they decide on. */
export function answer(work: UnitOfWork, durable: Durable, viewer: Viewer, message: AnswerMessage): Outcome {
  const { permissionId, digest } = message.payload;
  const record = work.room.permissions.get(permissionId);
  if (record === undefined)
    return refused(wireError('PERMISSION_NOT_FOUND', 'There is no such request', field('permissionId')));
  if (!isPending(record)) return tooLate(work, durable, viewer, record);
  if (digest !== record.request.digest)
    return refused(
      wireError('INVALID_MESSAGE', 'The request is not what you saw. Look at it again.', field('digest')),
    );
  const decision = decisionOf(record, message);
  if ('code' in decision) return refused(decision);
  const said = message.type === 'permission:respond' ? message.payload.message : undefined;
  const conversation = work.room.conversations.get(record.request.conversationId);
  if (said !== undefined && conversation !== undefined && !isEnded(conversation)) {
    const refusal = enqueueNext(work, conversation, viewer.member, said);
    if (refusal !== null) return refused(refusal);
  }
  const { id: memberId, name } = viewer.member;
  decide(work, record, decision, { by: 'member', memberId, name });
  return { type: 'done' };
}

/** What the agent is answered, or why not this. */
function decisionOf({ request }: PermissionRecord, message: AnswerMessage): Decision | WireError {
  const isPermission = message.type === 'permission:respond';
  if (isPermission !== (request.kind === 'permission')) {
    const other = isPermission ? 'elicitation:respond' : 'permission:respond';
    return wireError('INVALID_MESSAGE', `Answer this request with ${other}`, field('permissionId'));
  }
  if (!isPermission) {
    const { action, content } = message.payload;
    return { type: 'form', action, ...(content === undefined ? {} : { content }) };
  }
  const { optionId } = message.payload;
  if (request.kind === 'permission' && request.options.some((option) => option.optionId === optionId))
    return { type: 'option', optionId };
  return wireError('INVALID_MESSAGE', 'The request has no such option', field('optionId'));
}

/** C3: with it comes what became of the request. */
function tooLate(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  { request, resolution }: PermissionRecord,
): Outcome {
  const { agentId } = durable.placement.spec;
  const { conversationId, permissionId } = request;
  if (isTold(viewer)) {
    const payload = { conversationId, agentId, permissionId, resolution };
    const message = { type: 'permission:resolved' as const, payload };
    work.afterCommit.push({ type: 'send', to: viewer.connection, message });
  }
  const by = resolution.decider?.name;
  const how = by === undefined ? `It is ${resolution.state}` : `${by} answered it`;
  return refused(wireError('INVALID_STATE', `This request waits no longer. ${how}.`, field('permissionId')));
}
