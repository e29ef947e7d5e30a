import { describe, expect, it } from 'vitest';
import { followFrom } from '../../src/conversations/follow-from.ts';
import { at, conversationState } from './support.ts';

const turn = { turnId: 't', state: 'running', startedAt: 0 };

describe('where a stream is followed for a conversation', () => {
  it.each([
    ['while a turn runs, from its rows on', { asOf: at(50), turn }, at(60), at(50)],
    ['while it works in the background, too', { asOf: at(50), facts: { background: true } }, at(60), at(50)],
    ['where nothing grows, from now on', { asOf: at(50) }, at(9_000), at(9_000)],
    ['where far too much came since, from now on', { asOf: at(50), turn }, at(90_000), at(90_000)],
    ['where the agent has another epoch, in that', { asOf: at(50), turn }, at(3, 2), at(3, 2)],
    ['where nothing came of it yet, from now on', { turn }, at(60), at(60)],
    ['where the room says more of it than of the agent, from there', { asOf: at(70) }, at(60), at(70)],
    ['where nobody told where the agent is, from its rows on', { asOf: at(50) }, null, at(50)],
  ])('[C14] %s', (_what, over, agent, expected) => {
    expect(followFrom(conversationState(over), agent)).toEqual(expected);
  });
});
