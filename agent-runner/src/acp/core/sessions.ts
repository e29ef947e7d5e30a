import { type HostSession, LIMITS, type WireError, wireError } from '@muster/protocol';
import type { Answer, CallPurpose } from './calls.ts';
import { errorText, isSignIn, signInError } from './errors.ts';
import { clip, isRecord, listIn, nonEmpty, textIn } from './json.ts';
import { call } from './out.ts';
import type { Conversation, Work } from './types.ts';

/** Questions for sessions that wait at a time; more of them are refused. */
const WAITING = 8;

const refuse = ({ out }: Work, queryId: string, error: WireError) =>
  out.push({ type: 'sessions-listed', queryId, answer: { type: 'refused', error } });

/** C11: the adapter is asked when it is up; it needs no session for that. */
export function enqueueListing(work: Work, query: Conversation['listing'][number]): void {
  const { listing } = work.state;
  if (listing.length < WAITING) listing.push(query);
  else refuse(work, query.queryId, wireError('RESOURCE_EXHAUSTED', 'Too many ask for sessions. Try again.'));
}

export function askSessions(work: Work): void {
  const { state, context } = work;
  for (const { queryId, cursor } of state.listing.splice(0)) {
    if (!state.capabilities.lists) {
      const why = 'This agent does not list its sessions. Begin a new conversation.';
      refuse(work, queryId, wireError('INVALID_STATE', why));
      continue;
    }
    const params = { cwd: context.directory, ...(cursor === undefined ? {} : { cursor }) };
    call(work, 'session/list', params, { type: 'list', queryId });
  }
}

/** What waits, or was asked, is not answered any more. */
export function refuseListings(work: Work, error: WireError, asked: readonly CallPurpose[] = []): void {
  for (const { queryId } of work.state.listing.splice(0)) refuse(work, queryId, error);
  for (const purpose of asked) if (purpose.type === 'list') refuse(work, purpose.queryId, error);
}

export function sessionsAnswered(
  work: Work,
  { queryId }: Extract<CallPurpose, { type: 'list' }>,
  answer: Answer,
): void {
  if (!answer.ok) {
    const error = isSignIn(answer.error)
      ? signInError(work, answer.error)
      : wireError('INVALID_STATE', `The agent does not list its sessions: ${errorText(work, answer.error)}`);
    return void refuse(work, queryId, error);
  }
  const sessions = listIn(answer.result['sessions'])
    .flatMap((each) => sessionOf(work, each))
    .slice(0, LIMITS.sessionsListed);
  const next = nonEmpty(answer.result['nextCursor'], LIMITS.textChars);
  const rest = next === undefined ? {} : { next };
  work.out.push({ type: 'sessions-listed', queryId, answer: { type: 'sessions', sessions, ...rest } });
}

/** Sessions of other directories are nobody's business here, whatever the agent lists. */
function sessionOf({ context }: Work, value: unknown): HostSession[] {
  if (!isRecord(value)) return [];
  const sessionId = nonEmpty(value['sessionId'], 512);
  const cwd = textIn(value['cwd']) ?? '';
  if (sessionId === undefined || cwd.replace(/\/+$/, '') !== context.directory.replace(/\/+$/, '')) return [];
  const title = textIn(value['title']);
  const updatedAt = Date.parse(textIn(value['updatedAt']) ?? '');
  return [
    {
      sessionId,
      title: title === undefined ? null : clip(context.masker.whole(title), LIMITS.titleChars),
      updatedAt: Number.isNaN(updatedAt) || updatedAt < 0 ? null : updatedAt,
      cwd: context.directory,
    },
  ];
}
