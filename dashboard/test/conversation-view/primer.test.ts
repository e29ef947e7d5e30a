import type { Item } from '@muster/protocol';

import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { primerOf } from '../../src/lib/conversation-view/primer.ts';

const at = { at: 1, endedAt: 1 };
const user = (text: string): Item => ({ ...at, itemId: `u${text}`, kind: 'user', name: 'Ada', text });
const agent = (text: string): Item => ({ ...at, itemId: `a${text}`, kind: 'agent', text });
const fresh: Item = {
  ...at,
  itemId: 'n',
  kind: 'notice',
  level: 'warning',
  text: 'A new session began.',
  fresh: true,
};

describe('[C11] a primer', () => {
  it('is the last messages before the agent began anew, as they were said', () => {
    const thought: Item = { ...at, itemId: 't', kind: 'thought', text: 'hm' };
    const primer = primerOf([user('Fix it'), thought, agent('Fixed.'), fresh, user('And now?')]);
    expect(primer?.split('\n\n').slice(1)).toEqual(['Ada: Fix it', 'You: Fixed.']);
  });

  it('is offered where the session is new, until it was sent or the talk went on', () => {
    const before = [user('Fix it'), agent('Fixed.')];
    expect(primerOf(before)).toBeNull();
    expect(primerOf([fresh])).toBeNull();
    const primer = primerOf([...before, fresh]) ?? '';
    expect(primerOf([...before, fresh, user(primer)])).toBeNull();
    expect(primerOf([...before, fresh, ...['a', 'b', 'c', 'd'].map(user)])).toBeNull();
  });

  it('has at most 8 KiB, and the newest messages, whatever was said', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 6_000 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
        const primer = primerOf([...texts.map(agent), fresh]);
        expect(new TextEncoder().encode(primer ?? '').length).toBeLessThanOrEqual(8 * 1024);
        const last = texts
          .findLast((one) => one.trim() !== '')
          ?.trim()
          .slice(0, 20);
        if (primer !== null && last !== undefined) expect(primer).toContain(last);
      }),
    );
  });
});
