import type { ConversationState, Position } from '@muster/protocol';

/** Frames behind the agent's newest that are worth sending again for the sake of a text that grows. */
const MOST_AGAIN = 5_000;

/**
 * Where the stream is followed for a conversation that was joined: from its rows on while something grows in it, else from
 * `agent` on, where the agent's stream is, so that what other conversations said meanwhile is not sent again. What is
 * skipped so comes with the rows that a join asks of the keeper (C14). null: from the oldest kept.
 */
export function followFrom(state: ConversationState, agent: Position | null): Position | null {
  const { asOf } = state;
  if (agent === null) return asOf;
  if (asOf === null || asOf.epoch !== agent.epoch) return agent;
  const behind = agent.sequence - asOf.sequence;
  return behind < 0 || (isGrowing(state) && behind <= MOST_AGAIN) ? asOf : agent;
}

const isGrowing = ({ turn, facts }: ConversationState): boolean =>
  facts.background === true || (turn !== null && turn.state !== 'ended');
