import { expect, test } from 'vitest';
import { TurnJournal } from '../../../src/keeper/conversations/turn-journal.ts';
import { conversation } from '../../support/acp-rig.ts';

function disk(text = '') {
  const file = {
    text,
    isFull: false,
    read: () => file.text,
    append: (more: string) => {
      if (file.isFull) throw new Error('full');
      file.text += more;
    },
    replace: (whole: string) => {
      file.text = whole;
    },
  };
  return file;
}
const RECORD = { tag: 'tag-of-a-start', bootId: 'boot' };

test('[C16] a later keeper knows which turns were started, and which did not end', () => {
  const file = disk();
  const journal = new TurnJournal(file);
  journal.begin('t1', conversation('1'));
  journal.begin('t2', conversation('2'));
  journal.finish('t1');
  journal.finish('never-started');
  const later = new TurnJournal(file);
  expect(later.unfinished()).toEqual([['t2', conversation('2')]]);
  expect(['t1', 't2', 'never-started', 't3'].map((turnId) => later.knows(turnId))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('[P4] … and which adapters', () => {
  const file = disk();
  const journal = new TurnJournal(file);
  journal.adapterStarts('a', RECORD);
  journal.adapterStarts('b', RECORD);
  journal.adapterEnded('a');
  expect(new TurnJournal(file).adapters()).toEqual([['b', RECORD]]);
});

test('[C16] a full disk starts no turn, and keeps none from ending', () => {
  const file = disk();
  const journal = new TurnJournal(file);
  journal.begin('t1', conversation('1'));
  file.isFull = true;
  expect(() => journal.begin('t2', conversation('1'))).toThrow('full');
  expect(journal.knows('t2')).toBe(false);
  journal.finish('t1');
  expect(journal.unfinished()).toEqual([]);
});

test('[C16] a cut line starts nothing, and the file stays small', () => {
  const file = disk('{"turnId":"t0","conversationId":"a.1"}\n{"turnId":"cut","conv');
  const journal = new TurnJournal(file);
  expect(journal.unfinished()).toEqual([['t0', 'a.1']]);
  for (let n = 0; n < 4_000; n += 1) {
    journal.begin(`n${n}`, conversation('1'));
    journal.finish(`n${n}`);
  }
  expect(file.text.length).toBeLessThan(400_000);
  const later = new TurnJournal(file);
  expect(later.unfinished()).toEqual([['t0', 'a.1']]);
  expect(later.knows('n3999')).toBe(true);
});
