import type { ConversationState } from '@muster/protocol';

export type SendWhen = 'queue' | 'steer' | 'interrupt';

/** What sending will do now: the button's word, and the sentence beside it. */
export interface SendPlan {
  readonly when: SendWhen;
  readonly label: string;
  readonly about: string;
}
export interface SendPlans {
  readonly main: SendPlan;
  /** What else can be done with the same message; null: nothing. */
  readonly other: SendPlan | null;
  /** To have it answered now, at the cost of what is under way; null: nothing is. */
  readonly interrupt: SendPlan | null;
  /** Why nothing can be sent; null: it can. */
  readonly blocked: string | null;
}

type Known = Pick<ConversationState, 'status' | 'turn' | 'queue' | 'facts'>;

/** True while the agent works on a message, or begins to. */
export const isTurnOpen = ({ turn }: Pick<ConversationState, 'turn'>): boolean =>
  turn !== null && turn.state !== 'ended';

function queuePlan({ queue, status, turn }: Known): SendPlan {
  const position = queue.filter(({ sending }) => !sending).length + 1;
  if (isTurnOpen({ turn })) {
    const place = position === 1 ? 'when this turn ends' : `as number ${position} after this turn`;
    return { when: 'queue', label: 'Queue', about: `It will be sent ${place}.` };
  }
  if (position > 1) return { when: 'queue', label: 'Queue', about: `It will be sent as number ${position}.` };
  const about =
    status === 'starting' ? 'It will be sent when the agent has started.' : 'It will be sent now.';
  return { when: 'queue', label: 'Send', about };
}

const STEER: SendPlan = { when: 'steer', label: 'Steer', about: 'It reaches the turn under way.' };

const INTERRUPT: SendPlan = {
  when: 'interrupt',
  label: 'Interrupt and send',
  about: 'The turn under way is cancelled, and this is sent next.',
};

/** C12: sends at once, waits at a place in the queue, reaches the turn under way where the agent can take it, or ends it. */
export function sendPlans(state: Known, lost: boolean): SendPlans {
  const main = queuePlan(state);
  const steers = isTurnOpen(state) && state.turn?.state === 'running' && state.facts.info?.steering === true;
  const interrupts = isTurnOpen(state) && state.turn?.state !== 'cancelling';
  const interrupt = interrupts ? INTERRUPT : null;
  return { main, other: steers ? STEER : null, interrupt, blocked: blockOf(state, lost) };
}

function blockOf({ status }: Known, lost: boolean): string | null {
  if (lost) return 'The server cannot be reached. Your text stays here until it is back.';
  return status === 'ended' ? 'This conversation is closed. Start a new one to go on.' : null;
}

type Keys = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey' | 'isComposing'>;
/** What a key of the composer does. `coarse`: a phone, whose Enter is a new line. */
export function composerKey(event: Keys, coarse: boolean): 'main' | 'other' | 'interrupt' | null {
  if (event.key !== 'Enter' || event.isComposing) return null;
  if (event.altKey && event.shiftKey) return 'interrupt';
  if (event.shiftKey) return null;
  if (event.altKey) return 'other';
  if (event.ctrlKey || event.metaKey) return 'main';
  return coarse ? null : 'main';
}
