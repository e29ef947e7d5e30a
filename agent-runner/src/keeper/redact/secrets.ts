/** X7: what is shorter stands in ordinary output too, characters. */
export const SECRET_CHARS = 8;
/** A variable of such a name holds a secret … */
const SECRET_LIKE =
  /token|secret|passw(or)?d|passphrase|credential|connection_?string|keys?(_|$)|(auth|cookie)$|(^|_)pass$|_(pwd|dsn)$/i;
/** … unless it says where one lies. */
const WHEREABOUTS = /_(file|path|dir)$/i;

/**
 * X7: the secrets that a program could print: what it gets in its environment under a secret-like name, or under one of
 * the `declared`. Without blanks around it: a value is often stored with a newline that is not printed.
 */
export function secretsOf(
  environment: Readonly<Record<string, string>>,
  declared: readonly string[],
): string[] {
  const secrets = Object.entries(environment)
    .filter(([name]) => declared.includes(name) || (SECRET_LIKE.test(name) && !WHEREABOUTS.test(name)))
    .map(([, value]) => value.toWellFormed().trim())
    .filter((value) => value.length >= SECRET_CHARS);
  return [...new Set(secrets)];
}
