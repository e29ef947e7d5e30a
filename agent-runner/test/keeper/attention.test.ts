import type { Attention } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { AttentionPolicy } from '../../src/keeper/attention.ts';
import type { Signal } from '../../src/screen/signal.ts';

const T0 = 1_000_000;
const BELL: Signal = { type: 'bell' };
const notification = (text: string, id = ''): Signal => ({ type: 'notification', id, text });
const title = (text: string): Signal => ({ type: 'title', text });
const closed = (id: string): Signal => ({ type: 'closed', id });

/** A policy on a clock of its own, with all that it told and when, ms after its beginning. */
class Rig {
  readonly policy = new AttentionPolicy();
  readonly told: [number, Attention['kind'] | null, string?][] = [];
  #now = T0;

  #tell(change: Attention | null | undefined): void {
    if (change === undefined) return;
    const at = this.#now - T0;
    this.told.push(change === null ? [at, null] : [at, change.kind, change.text]);
  }

  /** Rings the alarm whenever it is due until then. */
  at(ms: number): this {
    for (let { dueAt } = this.policy; dueAt !== null && dueAt <= T0 + ms; { dueAt } = this.policy) {
      this.#now = Math.max(this.#now, dueAt);
      this.#tell(this.policy.due(this.#now));
    }
    this.#now = T0 + ms;
    return this;
  }

  hear(...signals: readonly Signal[]): this {
    for (const signal of signals) this.#tell(this.policy.handle(signal, this.#now));
    return this;
  }

  answer(): this {
    this.#tell(this.policy.answered());
    return this;
  }
}

describe('[C13] the bell', () => {
  test('is told with the title of its terminal, at most once in 2 s', () => {
    const rig = new Rig().hear(title('make'), BELL, BELL).at(1_999).hear(BELL).at(2_000).hear(BELL).at(9_000);
    expect(rig.told).toEqual([
      [0, 'bell', 'make'],
      [2_000, 'bell', 'make'],
    ]);
  });

  test('that rings again soon after it was answered is told, later', () => {
    const rig = new Rig().hear(BELL).at(500).answer().at(600).hear(BELL).at(9_000);
    expect(rig.told).toEqual([
      [0, 'bell', ''],
      [500, null],
      [2_000, 'bell', ''],
    ]);
  });

  test('beside a notification says nothing more', () => {
    const rig = new Rig().hear(notification('Allow?'), BELL).at(1_000).hear(BELL);
    expect(rig.told).toEqual([[0, 'notification', 'Allow?']]);
  });

  test('long after a notification is told, and leaves that to be taken back', () => {
    const rig = new Rig()
      .hear(notification('Allow?', 'a'))
      .at(60_000)
      .hear(BELL)
      .at(61_000)
      .hear(closed('a'));
    expect(rig.told.map(([, kind]) => kind)).toEqual(['notification', 'bell', null]);
  });
});

describe('[C13] notifications', () => {
  test('are told at most once a second, and the last is not lost', () => {
    const rig = new Rig();
    for (let at = 0; at <= 2_500; at += 100) rig.at(at).hear(notification(`${at}`));
    expect(rig.at(9_000).told).toEqual([
      [0, 'notification', '0'],
      [1_000, 'notification', '900'],
      [2_000, 'notification', '1900'],
      [3_000, 'notification', '2500'],
    ]);
  });

  test('have asked since they were made, not since they are told', () => {
    const policy = new AttentionPolicy();
    policy.handle(notification('one'), T0);
    policy.handle(notification('two'), T0 + 200);
    expect(policy.due(T0 + 999)).toBeUndefined();
    expect(policy.due(T0 + 1_000)).toMatchObject({ text: 'two', since: T0 + 200 });
  });

  test('are over when their program closes them, before they are told too', () => {
    const rig = new Rig().hear(notification('one', 'a'), notification('two', 'b'), closed('b')).at(5_000);
    expect(rig.hear(closed('x')).told).toEqual([[0, 'notification', 'one']]);
    expect(rig.hear(closed('a')).told[1]).toEqual([5_000, null]);
  });

  test('are harmless to read', () => {
    const rig = new Rig().hear(notification(`\u202e${'x'.repeat(300)}\x1b[31m`));
    expect(rig.told[0]?.[2]).toBe(`${'x'.repeat(199)}…`);
  });
});

describe('[C13] a title', () => {
  test.each(['✋  Action Required (work)', '[ ! ] Action Required', '[ . ] Action Required'])(
    '%s says that its program waits',
    (text) => {
      expect(new Rig().hear(title(text)).told).toEqual([[0, 'title', text.replace('  ', ' ')]]);
    },
  );

  test.each([
    '✳ Fix the test',
    '⠂ Fix the test',
    '✦  Working…',
    '◇  Ready (work)',
    '~/work',
    'Action Required',
    '[!] make',
  ])('%s says nothing of the kind', (text) => expect(new Rig().hear(title(text)).told).toEqual([]));

  test('is told once while it blinks, and is over when it is another', () => {
    const rig = new Rig();
    for (let at = 0; at < 10_000; at += 1_000)
      rig.at(at).hear(title(`[ ${at % 2_000 === 0 ? '!' : '.'} ] Action Required`));
    rig.hear(title('work'));
    expect(rig.told.map(([at, kind]) => [at, kind])).toEqual([
      [0, 'title'],
      [9_000, null],
    ]);
  });

  test('that is another takes no notification back', () => {
    const rig = new Rig().hear(title('✋  Action'), notification('Allow?')).at(2_000).hear(title('◇  Ready'));
    expect(rig.told.map(([, kind]) => kind)).toEqual(['title', 'notification']);
  });
});

describe('[C13] attention', () => {
  test('ends with what a person types, and so does what was not told yet', () => {
    const rig = new Rig().hear(notification('one'), notification('two')).at(500).answer().answer().at(9_000);
    expect(rig.told).toEqual([
      [0, 'notification', 'one'],
      [500, null],
    ]);
  });

  test('of a program that ended is not told by the next', () => {
    const rig = new Rig().hear(title('✋  Action'), notification('one'));
    rig.policy.reset();
    rig.at(9_000).answer().hear(BELL);
    expect(rig.told.slice(1)).toEqual([[9_000, 'bell', '']]);
  });

  test('is told although the clock was set back', () => {
    const policy = new AttentionPolicy();
    policy.handle(BELL, T0);
    policy.answered();
    expect(policy.handle(BELL, T0 - 60_000)).toMatchObject({ kind: 'bell' });
  });

  test('is told of at a bounded rate, whatever a program does and a person answers', () => {
    const step = fc.oneof(
      fc.constantFrom<Signal | 'answer'>(BELL, 'answer', title('✋ x'), title('x'), closed('a')),
      fc.string({ maxLength: 3 }).map((text) => notification(text, 'a')),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(120)), { maxLength: 150 }), (steps) => {
        const rig = new Rig();
        let at = 0;
        for (const [what, pause] of steps) {
          at += pause;
          rig.at(at);
          if (what === 'answer') rig.answer();
          else rig.hear(what);
        }
        rig.at(at + 5_000);
        expect(rig.policy.dueAt).toBeNull();
        const raised = rig.told.filter(([, kind]) => kind !== null);
        const apart = (told: typeof raised, ms: number) =>
          told.every(([time], index) => index === 0 || time - (told[index - 1]?.[0] ?? 0) >= ms);
        expect(
          apart(
            raised.filter(([, kind]) => kind === 'bell'),
            2_000,
          ),
        ).toBe(true);
        expect(
          apart(
            raised.filter(([, kind]) => kind !== 'bell'),
            1_000,
          ),
        ).toBe(true);
        // Each end follows something that was raised.
        expect(rig.told.every(([, kind], index) => kind !== null || rig.told[index - 1]?.[1] != null)).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });
});
