import type { RequestHead, RequestOption } from '@muster/protocol';
import { PUSH } from './limits.ts';
import type { DecidingAction } from './types.ts';

/** Characters that do not show as themselves, or make another line. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/u;

/** C8: what a person sees of a request in a notification, in one line. */
export const visibleForm = ({ title, argument }: RequestHead): string =>
  argument === '' || title === argument ? title : [title, argument].join(': ');

const isHonest = (text: string, chars: number) => text !== '' && text.length <= chars && !HIDDEN.test(text);

/** C8: that line is all there is to decide on. */
const isWhole = (head: RequestHead): boolean =>
  head.oneLine &&
  head.argument.length === head.argumentChars &&
  isHonest(visibleForm(head), PUSH.decidedChars);

/** The one option of a kind; null: there is none, or there are several, or its name does not fit a button. */
function onlyOption({ options }: RequestHead, kind: string): RequestOption | null {
  const [option, ...others] = options.filter((one) => one.kind === kind);
  if (option === undefined || others.length > 0) return null;
  return isHonest(option.name, PUSH.buttonChars) ? option : null;
}

/**
 * C8, C9: the buttons of a request's notification. Rejecting needs no look at all of it; allowing does, and neither is
 * offered where the mode would change.
 */
export function actionsOf(head: RequestHead): readonly DecidingAction[] {
  if (head.kind !== 'permission' || head.toolKind === 'switch_mode') return [];
  const allow = isWhole(head) ? onlyOption(head, 'allow_once') : null;
  return [allow, onlyOption(head, 'reject_once')].flatMap((option) =>
    option === null ? [] : [{ optionId: option.optionId, title: option.name }],
  );
}
