import { sizeOf } from '../socket/message-size.ts';
import { PRE_AUTH_BYTES, PRE_AUTH_OVERFLOW } from '../socket/pre-auth-buffer.ts';
import { handleClientText } from './client.ts';
import { fullCredit } from './credit.ts';
import { closeWithError, refuse } from './replies.ts';
import { setCredit } from './rooms.ts';
import type { Held, UnitOfWork } from './types.ts';

/** A text of the client, at once or, while a token of its is verified, behind that (S13). */
export function takeClientText(work: UnitOfWork, text: string): void {
  const { held } = work.gateway;
  if (held !== null) return hold(work, held, text);
  setCredit(work, fullCredit(work.now));
  handleClientText(work, text);
}

/** S13: a stranger may have one message wait, and is closed for more; what a member sends beyond its share is dropped. */
function hold(work: UnitOfWork, held: Held, text: string): void {
  const isStranger = work.gateway.phase.name === 'waiting';
  const bytes = held.bytes + sizeOf(text);
  if (bytes <= (isStranger ? PRE_AUTH_BYTES.stranger : PRE_AUTH_BYTES.member)) {
    held.texts.push(text);
    held.bytes = bytes;
  } else if (isStranger) closeWithError(work, PRE_AUTH_OVERFLOW);
  else refuse(work, undefined, PRE_AUTH_OVERFLOW);
}

/** The token was verified: what waited for that goes on, up to the next one that brings a token. */
export function releaseHeld(work: UnitOfWork): void {
  const { gateway } = work;
  const texts = gateway.held?.texts ?? [];
  gateway.held = null;
  for (const text of texts) if (gateway.phase.name !== 'closed') takeClientText(work, text);
}
