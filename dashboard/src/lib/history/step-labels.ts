import type { EventRow } from '@muster/protocol';

const CAUSES: Readonly<Record<string, string>> = {
  requested: 'asked for',
  retried: 'asked for again',
  moved: 'moved in the queue',
  edited: 'edited',
  started: 'started',
  exited: 'ended',
  timeout: 'ran out of time',
  interrupted: 'stopped',
  cancelled: 'cancelled',
  lost: 'lost',
  refused: 'could not be started',
  unanswered: 'its host did not answer',
};

/** A step as a person says it; a cause that is not here is shown as it is called. */
export const stepWords = ({ cause }: Pick<EventRow, 'cause'>): string => CAUSES[cause] ?? cause;
