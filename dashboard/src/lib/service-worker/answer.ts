import { LOOKS, type PushAction, type ShownOptions } from './notification.ts';
import type { WorkerScope } from './scope.ts';

const PATH = '/api/push/act';
/** ms after which an answer that did not arrive counts as lost. */
const ANSWER_MS = 15_000;

/** How pressing a button ended. */
export type AnswerOutcome = 'done' | 'answered' | 'refused' | 'away';

/** Answers a request by the button's token, which needs no sign-in. */
export async function answerBy(scope: WorkerScope, { action, token }: PushAction): Promise<AnswerOutcome> {
  try {
    const answer = await scope.fetch(PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, optionId: action }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return outcomeOf(answer.status);
  } catch {
    return 'away';
  }
}

/** 409: somebody was first. Other refusals: the button is used or too old. */
export function outcomeOf(status: number): AnswerOutcome {
  if (status >= 200 && status < 300) return 'done';
  if (status === 409) return 'answered';
  return status >= 500 || status === 429 ? 'away' : 'refused';
}

/** Takes the place of the notification whose button was pressed. */
export function noticeOf(
  outcome: AnswerOutcome,
  pressed: PushAction,
  shown: Pick<Notification, 'tag' | 'body' | 'data'>,
): ShownOptions {
  const place = { ...LOOKS, tag: shown.tag, data: shown.data };
  switch (outcome) {
    case 'done':
      return { ...place, body: `Answered: ${pressed.title}.`, silent: true };
    case 'answered':
      return { ...place, body: 'This was answered already.', silent: true };
    case 'refused':
      return { ...place, body: 'This button no longer works. Open Muster to answer.', ...again(shown) };
    case 'away':
      return { ...place, body: 'Muster could not be reached. Open it to answer.', ...again(shown) };
  }
}

/** It still waits for a person. */
const again = (shown: Pick<Notification, 'tag'>): ShownOptions => ({
  requireInteraction: true,
  ...(shown.tag === '' ? {} : { renotify: true }),
});
