import { type HostAnswer, type HostQuery, MessageIdSchema, wireError } from '@muster/protocol';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';

const refusal = (error: Extract<HostAnswer, { type: 'refused' }>['error']): HostAnswer => ({
  type: 'refused',
  error,
});

/** C11, C15: asks the agent's host something that changes nothing and that nobody keeps. */
export function askHost(work: UnitOfWork, queryId: string, query: HostQuery): void {
  const { durable } = work.room;
  const answer = (given: HostAnswer) =>
    work.afterCommit.push({ type: 'host-answered', queryId, answer: given });
  if (durable === null) return void answer(refusal(wireError('AGENT_NOT_FOUND', 'There is no such agent')));
  if (durable.placement.spec.kind !== 'acp') {
    const why = 'This agent has no conversations: its kind is not acp';
    return void answer(refusal(wireError('INVALID_STATE', why)));
  }
  const keeper = reachableKeeper(work);
  if (keeper === null) return void answer(refusal(offline));
  const payload = { queryId: MessageIdSchema.parse(queryId), query };
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message: { type: 'host:query', payload } });
}

const offline = wireError('AGENT_OFFLINE', 'The host of this agent is away. Try again when it is connected.');
