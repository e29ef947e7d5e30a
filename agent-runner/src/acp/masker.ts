import type { AgentSpec } from '@muster/protocol';
import { Automaton } from '../redact/automaton.ts';
import { encodingsOf } from '../redact/encodings.ts';
import { Redactor } from '../redact/redactor.ts';
import { secretsOf } from '../redact/secrets.ts';
import type { Masker, TextMask } from './core/index.ts';

const textOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

const CLEAR: TextMask = { push: (text) => text, end: () => '', dueAt: () => null };
/** For an adapter that was given no secret. */
export const NO_SECRETS: Masker = { whole: (text) => text, stream: () => CLEAR };

/**
 * X7, for an adapter: its texts are masked where they are put together, not its lines. A star in a line could end an
 * escape and break the message, and a secret that comes in two pieces of text stands in no line.
 */
export function maskerOf(
  { redaction, ...declared }: Pick<AgentSpec, 'redaction' | 'secrets' | 'notSecrets'>,
  environment: Readonly<Record<string, string>>,
): Masker {
  const { whole, parts } = redaction === false ? { whole: [], parts: [] } : secretsOf(environment, declared);
  if (whole.length + parts.length === 0) return NO_SECRETS;
  const automaton = new Automaton(encodingsOf(whole, parts));
  return {
    whole: (text) => {
      const redactor = new Redactor(automaton);
      return textOf(redactor.push(Buffer.from(text), 0)) + textOf(redactor.end());
    },
    stream: () => {
      const redactor = new Redactor(automaton);
      return {
        push: (text, now) => textOf(redactor.push(Buffer.from(text), now)),
        end: () => textOf(redactor.end()),
        dueAt: () => redactor.dueAt(),
      };
    },
  };
}
