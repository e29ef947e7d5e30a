/** The token of a socket. `tokens`: of a crowd, since one member may open 300 connections a minute (L). */
interface TokenSet {
  readonly token: string;
  readonly tokens?: readonly string[] | undefined;
}

let dials = 0;

/** The crowd's in turn. */
export function nextToken({ token, tokens = [] }: TokenSet): string {
  dials += 1;
  return tokens[dials % tokens.length] ?? token;
}
