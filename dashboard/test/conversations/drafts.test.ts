import { describe, expect, it } from 'vitest';
import { readDraft, writeDraft } from '../../src/lib/conversations/drafts.ts';
import { FakeStorage } from './fake-room.ts';

describe('drafts', () => {
  it('keeps the 50 that were written to last', () => {
    const storage = new FakeStorage();
    for (let n = 0; n < 60; n += 1) writeDraft(storage, `a.${n}`, `text ${n}`);
    expect([readDraft(storage, 'a.9'), readDraft(storage, 'a.10')]).toEqual(['', 'text 10']);
    expect(storage.kept.size).toBe(51);
  });

  it('takes one away that is empty', () => {
    const storage = new FakeStorage();
    writeDraft(storage, 'a.1', 'x');
    writeDraft(storage, 'a.1', '');
    expect([...storage.kept]).toEqual([['muster.drafts', '[]']]);
  });

  it('an index that is none, and storage that is forbidden, cost no more than the draft', () => {
    const storage = new FakeStorage();
    storage.setItem('muster.drafts', '{"odd"');
    writeDraft(storage, 'a.1', 'x');
    expect(readDraft(storage, 'a.1')).toBe('x');
    const refuse = () => {
      throw new Error('forbidden');
    };
    const forbidden = { getItem: refuse, setItem: refuse, removeItem: refuse };
    writeDraft(forbidden, 'a.1', 'x');
    expect(readDraft(forbidden, 'a.1')).toBe('');
  });
});
