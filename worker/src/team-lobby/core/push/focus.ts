import { type AgentId, PUSH_LIMITS, type ViewerMessage } from '@muster/protocol';
import { type MemberClaims, tokenOfSid } from '../../../auth/claims.ts';
import type { Looker } from './notice.ts';

/** C10: a page's word that somebody looks at this agent, good until then, ms since 1970. */
export interface Focus {
  readonly agentId: AgentId;
  readonly until: number;
}

type Told = Extract<ViewerMessage, { type: 'page:focus' }>['payload'];

/** Null: nobody looks at an agent there. */
export const focusOf = ({ agentId, visible }: Told, now: number): Focus | null =>
  agentId === null || !visible ? null : { agentId, until: now + PUSH_LIMITS.focusLease };

/** C10: the page of a socket, while its lease lives. A socket with an API token is no person's page. */
export function lookerOf(
  connection: string,
  { member, sid }: Pick<MemberClaims, 'member' | 'sid'>,
  focus: Focus | null,
  now: number,
): Looker | null {
  if (focus === null || focus.until <= now || tokenOfSid(sid) !== null) return null;
  return { connection, memberId: member, agentId: focus.agentId };
}
