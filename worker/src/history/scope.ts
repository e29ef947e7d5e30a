/** What a list can be narrowed to. */
export interface Scope {
  readonly team: string;
  readonly agentId?: string | undefined;
  /** X5: only of these; absent: of every one. */
  readonly among?: readonly string[] | undefined;
  readonly memberId?: string | null | undefined;
  readonly status?: string | undefined;
  readonly exitCode?: number | undefined;
}

const encoder = new TextEncoder();

/** A name as one word of letters and digits, whatever stands in it. */
const word = (name: string) =>
  [...encoder.encode(name)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The words by which the index finds what is in this scope; status and exit code as the table makes them itself. */
export function scopeWords({ team, agentId, memberId, status, exitCode }: Scope): string[] {
  return [
    `t${word(team)}`,
    ...(agentId === undefined ? [] : [`a${word(agentId)}`]),
    ...(memberId === undefined || memberId === null ? [] : [`m${word(memberId)}`]),
    ...(status === undefined ? [] : [`s${status}`]),
    ...(exitCode === undefined ? [] : [`x${String(exitCode).replace('-', 'n')}`]),
  ];
}

/** X5: the words of which one must be there; none: that is no condition. */
export const amongWords = ({ among = [] }: Scope): string[] => among.map((agentId) => `a${word(agentId)}`);

/** What a row says of whose it is. */
export const scopeOf = ({ team, agentId, memberId }: Scope): string =>
  scopeWords({ team, agentId, memberId }).join(' ');
