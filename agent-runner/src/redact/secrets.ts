import type { AgentSpec } from '@muster/protocol';
import { type FoundSecrets, secretsIn } from './secret-shapes.ts';
import { isPath, readsLikeWords, verdictOf, wordsOf } from './variable-names.ts';

/** X7: what is shorter stands in ordinary output too, characters. */
export const SECRET_CHARS = 8;

const HOOKS = new Set(['hook', 'hooks', 'webhook', 'webhooks']);

export type DeclaredSecrets = Pick<AgentSpec, 'secrets' | 'notSecrets'>;

/**
 * X7, X21: the secrets that a program could print: what it gets in its environment that is one by its variable's name or
 * by what it is. Without blanks around it: a value is often stored with a newline that is not printed.
 */
export function secretsOf(
  environment: Readonly<Record<string, string>>,
  declared: DeclaredSecrets,
): FoundSecrets {
  const found = Object.entries(environment)
    .filter(([name]) => declared.notSecrets?.includes(name) !== true)
    .map(([name, text]) => {
      const value = text.toWellFormed().trim();
      const { whole, parts } = secretsIn(
        value,
        wordsOf(name).some((word) => HOOKS.has(word)),
      );
      const isWhole = declared.secrets?.includes(name) === true || isSecret(name, value);
      return { whole: isWhole ? [value, ...whole] : whole, parts };
    });
  const long = (texts: readonly string[]) => [
    ...new Set(texts.map((text) => text.trim()).filter((text) => text.length >= SECRET_CHARS)),
  ];
  return {
    whole: long(found.flatMap(({ whole }) => whole)),
    parts: long(found.flatMap(({ parts }) => parts)),
  };
}

function isSecret(name: string, value: string): boolean {
  const verdict = verdictOf(name);
  if (verdict === 'no' || isPath(value)) return false;
  return verdict === 'secret' || !readsLikeWords(value);
}
