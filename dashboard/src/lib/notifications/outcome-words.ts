import type { PushEvent, PushOutcome } from '@muster/protocol';

/** What one is notified of. */
export const EVENT_ROWS: Record<PushEvent, { readonly label: string; readonly about: string }> = {
  request: { label: 'Requests', about: 'An agent asks for a permission or has a question.' },
  attention: { label: 'Calls', about: 'A program in a terminal rings or says that it waits.' },
  failed: { label: 'Failures', about: 'An agent crashed or could not be started.' },
  finished: { label: 'Finished turns', about: 'A conversation that you wrote in has finished its turn.' },
};

const NAMES: Record<PushOutcome['event'], string> = {
  request: 'request',
  attention: 'call',
  failed: 'failure',
  finished: 'finished turn',
  test: 'test',
};

/** The last push to a device in words; `when`: how long ago that was. */
export function outcomeWords({ event, outcome, status, reason }: PushOutcome, when: string): string {
  const why = reason ?? (status === undefined ? undefined : `the push service answered ${status}`);
  const because = why === undefined ? '' : `: ${why}`;
  switch (outcome) {
    case 'sent':
      return `Last ${NAMES[event]} sent ${when}`;
    case 'withheld':
      return `Last ${NAMES[event]} held back ${when}${reason === undefined ? '' : `: ${reason}`}`;
    case 'failed':
      return `Last ${NAMES[event]} not delivered ${when}${because}`;
    case 'removed':
      return `The browser has given up its notifications ${when}`;
  }
}
