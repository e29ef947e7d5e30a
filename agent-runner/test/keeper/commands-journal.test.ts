import { CommandIdSchema } from '@muster/protocol';
import { expect, test } from 'vitest';
import { Journal, type JournalFile } from '../../src/keeper/commands/journal.ts';
import { epochOf } from '../support/frames.ts';

/** A disk that may be full. */
class MemoryFile implements JournalFile {
  text: string | null = null;
  full = false;
  read = () => this.text;
  append(text: string): void {
    if (this.full) throw new Error('ENOSPC');
    this.text = (this.text ?? '') + text;
  }
  replace(text: string): void {
    if (this.full) throw new Error('ENOSPC');
    this.text = text;
  }
}
const id = (name: string) => CommandIdSchema.parse(`a.${name}`);
const record = { tag: '12345678', bootId: 'b' };
const unfinished = (journal: Journal) => journal.unfinished().map(([commandId]) => commandId);

test('[Q5] knows what was started, cut off at any byte: a command counts once its line is whole', () => {
  const file = new MemoryFile();
  const journal = new Journal(file);
  journal.startEpoch(epochOf(1));
  for (const name of ['1', '2', '3']) journal.begin(id(name), record);
  journal.finish(id('2'));
  const whole = file.text ?? '';
  for (let length = 0; length <= whole.length; length += 1) {
    file.text = whole.slice(0, length);
    const lines = file.text.split('\n').length - 1;
    const found = new Journal(file);
    expect(found.epoch).toBe(lines === 0 ? null : epochOf(1));
    const started = ['1', '2', '3'].filter((name) => found.knows(id(name)));
    expect(started).toEqual(['1', '2', '3'].slice(0, Math.max(0, Math.min(3, lines - 1))));
  }
  expect(unfinished(new Journal(file))).toEqual([id('1'), id('3')]);
});

test('[Q5] a line in the middle that cannot be read loses its epoch too', () => {
  const file = new MemoryFile();
  new Journal(file).startEpoch(epochOf(1));
  file.text += 'rubbish\n';
  expect(new Journal(file).epoch).toBeNull();
});

test('[Q5] on a full disk nothing begins, nothing is numbered anew, and what runs ends all the same', () => {
  const file = new MemoryFile();
  const journal = new Journal(file);
  journal.startEpoch(epochOf(1));
  journal.begin(id('1'), record);
  file.full = true;
  expect(() => journal.begin(id('2'), record)).toThrow('ENOSPC');
  expect(journal.knows(id('2'))).toBe(false);
  journal.finish(id('1'));
  expect(unfinished(journal)).toEqual([]);
  journal.startEpoch(epochOf(2));
  expect(journal.epoch).toBe(epochOf(1));
});

test('[P4] another numbering forgets what is over and keeps what may still run; the file stays small', () => {
  const file = new MemoryFile();
  const journal = new Journal(file);
  journal.startEpoch(epochOf(1));
  journal.begin(id('runs'), record);
  for (let n = 0; n < 5_000; n += 1) {
    journal.begin(id(`${n}`), record);
    journal.finish(id(`${n}`));
  }
  expect((file.text ?? '').split('\n').length).toBeLessThan(3_010);
  expect([journal.knows(id('4999')), journal.knows(id('0'))]).toEqual([true, false]);
  journal.startEpoch(epochOf(2));
  const found = new Journal(file);
  expect([found.epoch, unfinished(found), found.knows(id('4999'))]).toEqual([
    epochOf(2),
    [id('runs')],
    false,
  ]);
});
