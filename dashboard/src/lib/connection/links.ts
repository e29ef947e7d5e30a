import { type Refusal, signInWith } from './auth.ts';

/** Why a one-time link let nobody in. */
export type LinkFault = 'used' | 'expired' | 'broken' | 'away' | 'refused';

export interface Landing {
  readonly fault: LinkFault;
  /** The server's own words. */
  readonly message: string;
}

/** The code in a link's fragment, so that no server and no log ever sees it in an address (X13). */
export const codeIn = (hash: string): string | null => new URLSearchParams(hash.slice(1)).get('code');

export const BROKEN: Landing = { fault: 'broken', message: '' };

/** Trades a one-time code for cookies: of a link to sign in by (`exchange`), or of an invitation (`accept`). */
export async function enterByCode(by: 'exchange' | 'accept', code: string): Promise<Landing | null> {
  const refused = await signInWith(`/api/auth/${by}`, { code });
  return refused === null ? null : { fault: faultOf(refused), message: refused.message };
}

export function faultOf({ code, reason }: Pick<Refusal, 'code' | 'reason'>): LinkFault {
  if (code === null) return 'away';
  if (reason === 'used') return 'used';
  if (code === 'TOKEN_EXPIRED') return 'expired';
  return code === 'AUTH_FAILED' || code === 'INVALID_MESSAGE' ? 'broken' : 'refused';
}

interface Words {
  readonly title: string;
  readonly about: string;
}

/** The message for the person who followed the link, and the next step. `from`: whom to ask for another. */
export function wordsFor({ fault, message }: Landing, from: string): Words {
  switch (fault) {
    case 'used':
      return {
        title: 'This link was used already',
        about: `It works once. If it was not you who used it, tell ${from}; else ask for a new one.`,
      };
    case 'expired':
      return { title: 'This link has expired', about: `Ask ${from} for a new one.` };
    case 'broken':
      return {
        title: 'This link is not whole',
        about: `Copy all of it, to its last character, or ask ${from} for a new one.`,
      };
    case 'away':
      return {
        title: 'The server cannot be reached',
        about: 'The link was not used up. Try again in a moment.',
      };
    case 'refused':
      return { title: 'This link did not let you in', about: message };
  }
}
