import type { VisiblePast } from '../team-lobby/core/visibility/visible-past.ts';

/** X5: whether this was of one of them. */
export const pastVisibility = (
  { names, agents }: VisiblePast,
  { agentId, agentUid }: { readonly agentId: string; readonly agentUid: string },
): boolean => names.includes(agentId) || agents.some((agent) => agent.agentUid === agentUid);

export const seesNothing = (visibility: VisiblePast | undefined): boolean =>
  visibility !== undefined && visibility.names.length + visibility.agents.length === 0;

/** What a list can be narrowed to. */
export interface Scope {
  readonly team: string;
  readonly agentId?: string | undefined;
  /** X5: only of these; absent: of every one. */
  readonly among?: VisiblePast | undefined;
  readonly memberId?: string | null | undefined;
  readonly status?: string | undefined;
  readonly exitCode?: number | undefined;
}

const encoder = new TextEncoder();

/** A name as one word of letters and digits, whatever stands in it. */
export const hexWord = (name: string): string =>
  [...encoder.encode(name)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The words by which the index finds what is in this scope; status and exit code as the table makes them itself. */
export function scopeWords({ team, agentId, memberId, status, exitCode }: Scope): string[] {
  return [
    `t${hexWord(team)}`,
    ...(agentId === undefined ? [] : [`a${hexWord(agentId)}`]),
    ...(memberId === undefined || memberId === null ? [] : [`m${hexWord(memberId)}`]),
    ...(status === undefined ? [] : [`s${status}`]),
    ...(exitCode === undefined ? [] : [`x${String(exitCode).replace('-', 'n')}`]),
  ];
}

/** X5: the words of which one must be there; none: that is no condition. They are names only: the row says whose it is. */
export const amongWords = ({ among }: Scope): string[] =>
  among === undefined
    ? []
    : [...among.names, ...among.agents.map(({ agentId }) => agentId)].map((name) => `a${hexWord(name)}`);

/** The scope words of a row: its team, agent and member. */
export const scopeOf = ({ team, agentId, memberId }: Scope): string =>
  scopeWords({ team, agentId, memberId }).join(' ');
