import type { RequestOption } from '@muster/protocol';

/** What is known where a key is pressed. */
export interface AnswerContext {
  readonly options: readonly RequestOption[];
  readonly toolKind: string | undefined;
  /** C8: all of the argument has been on screen, and nothing of it was left out. */
  readonly seen: boolean;
  /** The focus is in something that is written in. */
  readonly writing: boolean;
}

/** The one option of this kind; null: there is none, or there are several. */
export function singleOf(options: readonly RequestOption[], kind: string): RequestOption | null {
  const found = options.filter((option) => option.kind === kind);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** C9: whether `y` and `n` have one meaning each: one `allow_once`, one `reject_once`, and no change of mode. */
export const hasPlainPair = (options: readonly RequestOption[], toolKind: string | undefined): boolean =>
  toolKind !== 'switch_mode' &&
  singleOf(options, 'allow_once') !== null &&
  singleOf(options, 'reject_once') !== null;

/** C9: the option that this key chooses; null: the key means nothing here. */
export function optionOfKey(key: string, context: AnswerContext): RequestOption | null {
  const { options, toolKind, seen, writing } = context;
  if (writing || !hasPlainPair(options, toolKind) || !seen) return null;
  if (key === 'y') return singleOf(options, 'allow_once');
  return key === 'n' ? singleOf(options, 'reject_once') : null;
}

type Keys = Pick<KeyboardEvent, 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat'>;
/** A key that is held, or that comes with others, answers nothing. */
export const isPlainPress = (event: Keys): boolean =>
  !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat);
