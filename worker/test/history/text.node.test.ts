import { TeamIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { matchOf, searchable, snippetOf, wordsOf } from '../../src/history/text.ts';
import { HISTORY } from '../../src/history/types.ts';
import { portions } from '../../src/history/write.ts';
import { Steps } from './rig.ts';

const team = TeamIdSchema.parse('a-b');

describe('what can be searched', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;a title\u0007text', 'text'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b(Bplain\u001b7\u001b[?25l', 'plain'],
    ['a\r\nb\tc', 'a\nb\tc'],
    ['\u0001spoofed\u0002', 'spoofed'],
  ])('%j is %j', (printed, text) => {
    expect(searchable(printed)).toBe(text);
  });

  it('[A2] is bounded, well-formed, and holds no control character but tab and newline', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (printed) => {
        const text = searchable(printed);
        expect(text.isWellFormed()).toBe(true);
        expect([...text].every((one) => one >= ' ' || one === '\n' || one === '\t')).toBe(true);
        expect(searchable(text)).toBe(text);
      }),
    );
    expect(searchable('x'.repeat(HISTORY.outputChars + 1)).length).toBe(HISTORY.outputChars);
  });
});

describe('a question', () => {
  it('[A2] is words in quotes, all of them, within the scope', () => {
    const match = matchOf({ team, agentId: 'x', exitCode: -1, status: 'failed' }, 'run "it" --', ['command']);
    expect(match).toBe(
      'scope : ("t612d62" AND "a78" AND "sfailed" AND "xn1")' +
        ' AND ({command} : "run" OR scope : ("w72756e")) AND ({command} : """it""" OR scope : ("w6974"))',
    );
    expect(wordsOf(' a  b\n-- c ')).toEqual(['a', 'b', 'c']);
  });

  it('whatever is typed, nothing of it stands outside quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        const plain = matchOf({ team }, typed, ['output']).replaceAll(/"(?:[^"]|"")*"/g, 'W');
        expect(plain).toMatch(
          /^scope : \(W\)(?: AND (?:scope : \(W\)|\(\{output\} : W OR scope : \(W\)\)))*$/,
        );
      }),
    );
  });
});

it('a snippet is pieces that are marked or not, and together the text', () => {
  expect(snippetOf('plain')).toBeNull();
  expect(snippetOf(null)).toBeNull();
  expect(snippetOf('\u0001a\u0002 b \u0001<c>\u0002')).toEqual([
    { text: 'a', match: true },
    { text: ' b ', match: false },
    { text: '<c>', match: true },
  ]);
});

it('a batch is cut so that each part fits a parameter, in order and without a hole', () => {
  const steps = new Steps();
  for (let nth = 0; nth < 40; nth += 1) steps.ran(`${nth}`, 'x', 0, 1, 'é'.repeat(40_000));
  const cut = [...portions(steps.events)];
  expect(cut.length).toBeGreaterThan(1);
  expect(cut.flat()).toEqual(steps.events);
  for (const part of cut)
    expect(new TextEncoder().encode(JSON.stringify(part)).length).toBeLessThan(2_000_000);
});
