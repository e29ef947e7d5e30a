import { expect, test } from 'vitest';
import { sentenceOf } from '$lib/rest/to-sentence.ts';

test.each([
  ['agentId: there is no such agent', 'There is no such agent.'],
  ['payload.program.args.0: must not be empty', 'Must not be empty.'],
  ['There is no agent called nosuch', 'There is no agent called nosuch.'],
  ['the link: is it whole?', 'The link: is it whole?'],
  ['It is full; try again later.', 'It is full; try again later.'],
  ['', 'Something went wrong.'],
])('%j reads %j', (message, sentence) => {
  expect(sentenceOf({ message })).toBe(sentence);
});
