import type { RequestOption } from '@muster/protocol';

export type OptionEffect = 'allow' | 'reject' | 'unknown';

/** C9: by the agent's kind alone, never by the name. A kind of the agent's own may allow anything. */
export function effectOf({ kind }: Pick<RequestOption, 'kind'>): OptionEffect {
  if (kind === 'allow_once' || kind === 'allow_always') return 'allow';
  return kind === 'reject_once' || kind === 'reject_always' ? 'reject' : 'unknown';
}

/** Whether it goes on after this one answer. */
export const isLasting = ({ kind }: Pick<RequestOption, 'kind'>): boolean => kind.endsWith('_always');

const KINDS = new Map<string, string>([
  ['allow_once', 'allows this once'],
  ['allow_always', 'allows this from now on'],
  ['reject_once', 'rejects this once'],
  ['reject_always', 'rejects this from now on'],
]);
/** In words, for people who do not see colours and shapes. */
export const kindWords = ({ kind }: Pick<RequestOption, 'kind'>): string =>
  KINDS.get(kind) ?? `of the kind ${kind}`;

/** C8: an option that is not a rejection waits until all has been seen. */
export const needsSeen = (option: Pick<RequestOption, 'kind'>): boolean => effectOf(option) !== 'reject';
