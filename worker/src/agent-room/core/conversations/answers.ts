import {
  type AgentRequest,
  type Decision,
  LIMITS,
  type PolicyRuleDraft,
  type RequestOption,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { keepRule, ruleToKeep } from '../policy/index.ts';
import type { Outcome } from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { enqueueNext } from './chat.ts';
import { isEnded } from './conversation.ts';
import { isPending, type PermissionRecord } from './permission.ts';
import { conversationIn, decide } from './permissions.ts';
import { knowsConversations } from './readers.ts';

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
  const kept = ruleOf(durable, viewer, record, message);
  if (kept !== null && 'code' in kept) return refused(kept);
  const refusal = sayNext(work, viewer, record, message);
  if (refusal !== null) return refused(refusal);
  const { id: memberId, name } = viewer.member;
  decide(work, record, decision, { by: 'member', memberId, name });
  // In the transaction of the answer: no rule of an answer that came too late.
  if (kept !== null && record.request.kind === 'permission')
    keepRule(work, durable, viewer.member, record.request, kept);
  return { type: 'done' };
}

/** C9: what "always, by Muster" keeps; null: nothing. */
function ruleOf(
  durable: Durable,
  { member }: Viewer,
  { request }: PermissionRecord,
  message: AnswerMessage,
): PolicyRuleDraft | WireError | null {
  if (message.type !== 'permission:respond' || message.payload.always !== true) return null;
  if (request.kind !== 'permission') return null;
  return ruleToKeep(durable, member, request, message.payload.optionId);
}

/** C9: what is said with an answer is the next message of its conversation. Returns why it cannot be. */
function sayNext(
  work: UnitOfWork,
  viewer: Viewer,
  { request: { conversationId } }: PermissionRecord,
  message: AnswerMessage,
): WireError | null {
  const said = message.type === 'permission:respond' ? message.payload.message : undefined;
  if (said === undefined || conversationId === undefined) return null;
  const conversation = work.room.conversations.get(conversationId);
  if (conversation === undefined || isEnded(conversation)) return null;
  return enqueueNext(work, conversation, viewer.member, said);
}

/** C13b: a program that asks without a conversation is told why not with the answer itself. */
function chosen({ conversationId }: AgentRequest, { optionId, kind }: RequestOption, said?: string) {
  const decision = { type: 'option' as const, optionId };
  if (conversationId !== undefined || said === undefined) return decision;
  if (kind !== 'reject_once')
    return wireError('INVALID_MESSAGE', 'Only a rejection carries a message', field('message'));
  if (said.length > LIMITS.textChars)
    return wireError(
      'INVALID_MESSAGE',
      `The message must have at most ${LIMITS.textChars} characters`,
      field('message'),
    );
  return { ...decision, message: said };
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
  const options = request.kind === 'permission' ? request.options : [];
  const option = options.find((offered) => offered.optionId === optionId);
  if (option !== undefined) return chosen(request, option, message.payload.message);
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
  const { permissionId } = request;
  if (knowsConversations(viewer)) {
    const payload = { ...conversationIn(request), agentId, permissionId, resolution };
    const message = { type: 'permission:resolved' as const, payload };
    work.afterCommit.push({ type: 'send', to: viewer.connection, message });
  }
  const by = resolution.decider?.name;
  const how = by === undefined ? `It is ${resolution.state}` : `${by} answered it`;
  return refused(wireError('INVALID_STATE', `This request waits no longer. ${how}.`, field('permissionId')));
}
