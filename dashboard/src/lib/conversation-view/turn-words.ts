import type { ConversationState, Resolution } from '@muster/protocol';
import { duration } from '../agents/format.ts';

type Known = Pick<ConversationState, 'status' | 'turn' | 'facts' | 'reason' | 'pending'>;

/** How the conversation stands, in a line. `tone`: `bad` needs somebody to act. */
export interface TurnLine {
  readonly tone: 'work' | 'wait' | 'bad' | 'rest';
  readonly text: string;
}

const seconds = (ms: number): string =>
  ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : duration(ms);

function openTurn(state: Known, now: number): TurnLine | null {
  const { turn } = state;
  if (turn === null || turn.state === 'ended') return null;
  if (turn.state === 'cancelling') return { tone: 'work', text: 'Cancelling…' };
  if (state.pending.length > 0) return { tone: 'wait', text: 'Waiting for you' };
  if (turn.state === 'starting') return { tone: 'work', text: 'Sending to the agent…' };
  return { tone: 'work', text: `Working… ${seconds(now - turn.startedAt)}` };
}

function endedTurn({ turn }: Known): TurnLine | null {
  switch (turn?.outcome) {
    case 'cancelled':
      return { tone: 'rest', text: 'Cancelled' };
    case 'interrupted':
      return {
        tone: 'bad',
        text: 'A restart interrupted this turn. It is not sent again by itself: send a message to go on.',
      };
    case 'failed':
      return {
        tone: 'bad',
        text: `This turn failed. ${turn.error?.message ?? 'The agent did not say why.'}`,
      };
    case 'done':
      return turn.stopReason === undefined || turn.stopReason === 'end_turn'
        ? null
        : { tone: 'rest', text: STOP_REASONS.get(turn.stopReason) ?? `Stopped: ${turn.stopReason}` };
    default:
      return null;
  }
}

const STOP_REASONS = new Map<string, string>([
  ['max_tokens', 'Stopped: the answer reached the most tokens that it may have. Send “go on” for the rest.'],
  ['max_turn_requests', 'Stopped: the turn reached the most requests that it may make.'],
  ['refusal', 'The model refused to go on.'],
]);

/** What to show below the last item; null: nothing to say. */
export function turnLine(state: Known, now: number): TurnLine | null {
  const { facts, status } = state;
  if (status === 'ended') return { tone: 'rest', text: 'This conversation is closed.' };
  if (status === 'failed') {
    const why = state.reason ?? facts.error?.message ?? 'The agent could not go on.';
    return { tone: 'bad', text: why };
  }
  const open = openTurn(state, now);
  if (open !== null) return open;
  if (facts.adapter === 'starting' || status === 'starting')
    return { tone: 'work', text: 'The agent starts…' };
  if (facts.background === true || status === 'background')
    return { tone: 'work', text: 'Working in the background' };
  if (state.pending.length > 0) return { tone: 'wait', text: 'Waiting for you' };
  return endedTurn(state);
}

function actor(resolution: Resolution): string {
  switch (resolution.decider?.by) {
    case 'policy':
      return 'The agent’s policy';
    case 'timeout':
      return 'Nobody answered in time, so Muster';
    case 'cancel':
      return 'Cancelling the turn';
    default:
      return resolution.decider?.name ?? resolution.decider?.memberId ?? 'Somebody';
  }
}

/** After the answer: the actor and their choice, without the time. `nameOf`: an option's name by its id. */
export function resolutionWords(resolution: Resolution, nameOf: (optionId: string) => string | null): string {
  const { state, decision, reason } = resolution;
  if (state === 'pending') return 'Waits for an answer';
  if (state === 'withdrawn')
    return reason === undefined ? 'The agent does not ask any more' : `Withdrawn: ${reason}`;
  if (decision === undefined)
    return state === 'expired' ? 'Nobody answered in time' : `${actor(resolution)} decided`;
  if (decision.type === 'cancelled') return `${actor(resolution)} answered: cancelled`;
  if (decision.type === 'option') {
    const chosen = nameOf(decision.optionId) ?? decision.optionId;
    return `${actor(resolution)} chose “${chosen}”`;
  }
  const DONE = { accept: 'answered', decline: 'declined', cancel: 'cancelled' } as const;
  return `${actor(resolution)} ${DONE[decision.action]}`;
}
