import { type WireError, wireError } from '@muster/protocol';
import type { RpcError } from './calls.ts';
import { clip, recordIn, textIn } from './json.ts';
import { sendFacts } from './out.ts';
import type { Work } from './types.ts';

const AUTH_REQUIRED = -32000;
const NO_SESSION = -32002;
/** C5: somebody must sign in. */
export const isSignIn = ({ code }: RpcError): boolean => code === AUTH_REQUIRED;
/** Gemini says so in words, under the code of any other mistake, and lists no sessions. */
const NO_SESSION_WORDS = /^Invalid session identifier\b/;
/** C11: the agent has no such session. */
export const isNoSession = ({ code, data }: RpcError): boolean =>
  code === NO_SESSION || NO_SESSION_WORDS.test(textIn(recordIn(data)['details']) ?? '');

export function signInNeeded(work: Work, error: RpcError): void {
  sendFacts(work, { adapter: 'sign-in', error: signInError(work, error) });
}

export function signInError(work: Work, error: RpcError): WireError {
  const what = work.state.adapter?.signIn ?? 'Sign in to the agent on its host, and try again.';
  return wireError('AGENT_SPAWN_FAILED', `${errorText(work, error)}. ${what}`, { signIn: true });
}

/** What a person reads of an adapter's error. */
export function errorText({ context }: Pick<Work, 'context'>, { message, data }: RpcError): string {
  const { details, errorKind, message: inner } = recordIn(data);
  const more = textIn(details) ?? textIn(inner) ?? textIn(errorKind) ?? textIn(data);
  const text = more === undefined || message.includes(more) ? message : `${message} (${more})`;
  return clip(context.masker.whole(text), 2_000) || 'The agent gives no reason';
}
