import { type Item, isTextItem } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import type { ConversationEvent } from '../../src/conversations/types.ts';
import { KeptConversation } from './kept-conversation.ts';
import { Reader } from './support.ts';

const shown = (reader: Reader) => reader.items;

/** What happens to a frame on its way: it comes, is lost, comes twice, or comes behind the next. */
const fate = fc.constantFrom('comes', 'comes', 'comes', 'lost', 'twice', 'late');
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('text', 'tool'), fate }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('say'), n: fc.nat(9), fate, size: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('status'), n: fc.nat(9), fate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rewrite'), n: fc.nat(9), fate }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('row', 'end'), n: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('join', 'epoch') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut'), n: fc.nat(5) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Runs the steps against a keeper, its room and a reader; `lossy: false`: every frame comes, and no socket is cut. */
class Run {
  readonly kept = new KeptConversation();
  readonly reader = new Reader();
  readonly lossy: boolean;
  #late: ConversationEvent | null = null;
  #isConnected = false;

  constructor(lossy: boolean) {
    this.lossy = lossy;
    this.join();
  }

  take(wanted: Step): void {
    const n = 'n' in wanted ? wanted.n : 0;
    const going = 'fate' in wanted && this.lossy ? wanted.fate : 'comes';
    switch (wanted.do) {
      case 'text':
      case 'tool':
        return this.#frame(going, this.kept.begin(wanted.do));
      case 'say':
        return this.#frame(going, this.kept.append(n, 'size' in wanted ? wanted.size + 1 : 1));
      case 'status':
        return this.#frame(going, this.kept.advance(n));
      case 'rewrite':
        return this.#frame(going, this.kept.rewrite(n));
      case 'row':
      case 'end':
        return this.#row(this.kept.write(n, wanted.do === 'end'));
      case 'epoch':
        // A stream leaves an epoch for good (S7): nothing of it comes behind the next.
        this.#late = null;
        for (const row of this.kept.restart()) this.#row(row);
        return;
      case 'join':
        return this.join();
      case 'cut':
        return this.#cut(n);
    }
  }

  /** A whole join, and the rows that the keeper gives because of it. */
  join(): void {
    this.reader.take({ type: 'left' });
    this.reader.take(...this.kept.joining(this.reader.conversation.synced));
    this.reader.take({ type: 'joined', oldest: 0 });
    this.#isConnected = true;
    for (const row of this.kept.flush()) this.#row(row);
  }

  /** The socket is lost, after the next join was answered in part. */
  #cut(rows: number): void {
    if (!this.lossy) return;
    this.reader.take({ type: 'left' });
    const answer = this.kept.joining(this.reader.conversation.synced);
    this.reader.take(...answer.slice(0, rows), { type: 'left' });
    this.#isConnected = false;
  }

  #row(row: ConversationEvent | null): void {
    if (row !== null && this.#isConnected) this.reader.take(row);
  }

  #frame(going: string, event: ReturnType<KeptConversation['begin']> | null): void {
    if (event === null || !this.#isConnected || going === 'lost') return;
    if (going === 'late' && this.#late === null) {
      this.#late = event;
      return;
    }
    this.reader.take(event);
    if (going === 'twice') this.reader.take(event);
    if (this.#late !== null) this.reader.take(this.#late);
    this.#late = null;
  }
}

const steps = fc.array(step, { maxLength: 60 });

describe('what a reader shows in the end', () => {
  it('[C14] is what the keeper wrote, whatever is lost, repeated or reordered, wherever a join is cut', () => {
    fc.assert(
      fc.property(steps, (wanted) => {
        const run = new Run(true);
        for (const one of wanted) run.take(one);
        run.join();
        expect(shown(run.reader)).toEqual(run.kept.items);
      }),
      { numRuns: 600 },
    );
  });

  it('[C14] is at each moment what the keeper has, where nothing is lost, with joins in between', () => {
    fc.assert(
      fc.property(steps, (wanted) => {
        const run = new Run(false);
        for (const one of wanted) {
          run.take(one);
          expect(byId(shown(run.reader))).toEqual(byId(run.kept.items));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[C14] a text on a page is never more than what its keeper said, nor something else', () => {
    fc.assert(
      fc.property(
        steps.map((all) => all.filter((one) => one.do !== 'rewrite' && one.do !== 'epoch')),
        (wanted) => {
          const run = new Run(true);
          for (const one of wanted) {
            run.take(one);
            const truth = byId(run.kept.items);
            for (const item of shown(run.reader)) {
              const whole = truth[item.itemId];
              if (isTextItem(item) && whole !== undefined && isTextItem(whole))
                expect(whole.text.startsWith(item.text)).toBe(true);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const byId = (items: readonly Item[]): Record<string, Item> =>
  Object.fromEntries(items.map((item) => [item.itemId, item]));
