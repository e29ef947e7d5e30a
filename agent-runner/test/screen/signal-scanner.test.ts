import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import type { Signal } from '../../src/screen/signal.ts';
import { SignalScanner } from '../../src/screen/signal-scanner.ts';
import { bytesOf } from '../support/frames.ts';

const ESC = '\x1b';
const ST = `${ESC}\\`;
const BELL = { type: 'bell' } as const;
const title = (text: string): Signal => ({ type: 'title', text });
const notified = (text: string, id = ''): Signal => ({ type: 'notification', id, text });

function signalsOf(...pieces: readonly Uint8Array[]): Signal[] {
  const signals: Signal[] = [];
  const scanner = new SignalScanner((signal) => signals.push(signal));
  for (const piece of pieces) scanner.scan(piece);
  return signals;
}
const read = (text: string) => signalsOf(bytesOf(text));
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What is printed, and what that signals. */
const SIGNALS: readonly (readonly [string, readonly Signal[]])[] = [
  ['make: done\x07\r\n', [BELL]],
  [`${ESC}[3\x071m`, [BELL]],
  [`${ESC}\x07[m`, [BELL]],
  [`${ESC}]0;~/work\x07`, [title('~/work')]],
  [`${ESC}]2;✋  Action Required${ST}`, [title('✋  Action Required')]],
  [`${ESC}]9;Allow this?\x07`, [notified('Allow this?')]],
  [`${ESC}]9;é ✅${ST}\x07`, [notified('é ✅'), BELL]],
  [`${ESC}]777;notify;Codex;Approve; or not?${ST}`, [notified('Codex: Approve; or not?')]],
  [`${ESC}]777;notify;Codex${ST}`, [notified('Codex')]],
  [`${ESC}]99;;Hello world${ST}`, [notified('Hello world')]],
  [
    `${ESC}]99;i=1:d=0;Hello${ST}text${ESC}]99;i=1:p=body;It is done${ST}`,
    [notified('Hello: It is done', '1')],
  ],
  [`${ESC}]99;i=x:p=body:e=1;${base64('fertig ✅')}${ST}`, [notified('fertig ✅', 'x')]],
  [
    `${ESC}]99;i=a:d=0:e=1;${base64('ein ')}${ST}${ESC}]99;i=b;other${ST}${ESC}]99;i=a:e=1;${base64('Teil')}${ST}`,
    [notified('other', 'b'), notified('ein Teil', 'a')],
  ],
  [
    `${ESC}]99;i=a:d=0:p=title;Claude${ST}${ESC}]99;i=a:d=0:p=body;waits${ST}${ESC}]99;i=a:d=1:a=focus;${ST}`,
    [notified('Claude: waits', 'a')],
  ],
  [`${ESC}]99;i=a:d=0;icon${ST}${ESC}]99;i=a:p=icon:d=1;AAAA${ST}`, [notified('icon', 'a')]],
  [`${ESC}]99;i=a:p=close;${ST}`, [{ type: 'closed', id: 'a' }]],
  [
    `${ESC}]99;i=a:d=0;one${ST}${ESC}]99;i=a:p=close;${ST}${ESC}]99;i=a:p=body;two${ST}`,
    [{ type: 'closed', id: 'a' }, notified('two', 'a')],
  ],
  // A multiplexer's passthrough doubles the escape characters.
  [`${ESC}Ptmux;${ESC}${ESC}]9;through\x07${ST}`, [notified('through')]],
  // What another sequence cuts off is not said; what follows is.
  [`${ESC}]9;cut${ESC}]9;whole\x07`, [notified('whole')]],
  [`${ESC}]9;cut\x18\x07`, [BELL]],
];
const SILENT = [
  'text ]9;text',
  `${ESC}[31mred${ESC}[0m`,
  `${ESC}]8;;https://example.com/\x07link${ESC}]8;;${ST}`,
  `${ESC}]133;A\x07`,
  `${ESC}]9;4;1;50\x07`,
  `${ESC}]9;9;C:\\work${ST}`,
  `${ESC}]9;\x07`,
  `${ESC}]9;no end`,
  `${ESC}]9;another end${ESC}[m`,
  `${ESC}]777;precmd${ST}`,
  `${ESC}]99;i=opentui-notifications:p=?;${ST}`,
  `${ESC}]99;i=1:p=alive;${ST}`,
  `${ESC}]99;i=1:d=0;unfinished${ST}`,
  `${ESC}]99;p=icon;AAAA${ST}`,
  `${ESC}]99;no metadata${ST}`,
  `${ESC}P+q544e\x07${ST}`,
  `${ESC}_a picture\x07${ST}`,
  `${ESC}X\x07\x07${ST}${ESC}^\x07${ST}`,
  `${ESC}(]9;no command${ST}`,
  `${ESC}]52;c;${'A'.repeat(1 << 20)}\x07`,
];

describe('[C13] a program calls for a person', () => {
  test.each(SIGNALS)('%j', (printed, signals) => expect(read(printed)).toEqual(signals));

  test.each(SILENT.map((text) => [text.slice(0, 60), text]))('not by %j', (_, text) =>
    expect(read(text)).toEqual([]),
  );

  test('the same wherever its output is cut', () => {
    const all = bytesOf(
      [...SIGNALS.map(([printed]) => printed), ...SILENT.slice(0, -1)].join(`x${ST}\\y\r\n`),
    );
    const signals = signalsOf(all);
    expect(signals.length).toBeGreaterThan(20);
    expect(signalsOf(...Array.from(all, (_, at) => all.subarray(at, at + 1)))).toEqual(signals);
    for (let cut = 0; cut <= all.length; cut += 1)
      expect(signalsOf(all.subarray(0, cut), all.subarray(cut))).toEqual(signals);
  });

  test('the same in any pieces, of anything', () => {
    const part = fc.oneof(
      fc.constantFrom(
        `${ESC}]9;`,
        `${ESC}]99;i=1:d=0;`,
        `${ESC}]2;`,
        ST,
        ESC,
        '\x07',
        '\\',
        `${ESC}P`,
        '\x18',
        `${ESC}[m`,
        'é',
      ),
      fc.constantFrom(...Array.from(';]PX^_[\\\x1a\x7f\n9a')),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 24 }),
        fc.array(fc.nat(80), { maxLength: 5 }),
        (parts, cuts) => {
          const all = bytesOf(parts.join(''));
          const at = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
          const pieces = at.slice(1).map((end, index) => all.subarray(at[index], end));
          const bytewise = Array.from(all, (_, index) => all.subarray(index, index + 1));
          expect(signalsOf(...pieces)).toEqual(signalsOf(...bytewise));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('by nothing but the bell in 100 kB of anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 100_000, maxLength: 100_000, size: 'max' }), (data) => {
        expect(signalsOf(data).filter(({ type }) => type !== 'bell')).toEqual([]);
        expect(signalsOf(data.filter((byte) => byte !== 0x07))).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  test('and keeps few unfinished notifications, and little of each', () => {
    const begun = Array.from({ length: 9 }, (_, id) => `${ESC}]99;i=${id}:d=0;title ${id}${ST}`).join('');
    expect(read(`${begun}${ESC}]99;i=0:p=body;x${ST}${ESC}]99;i=8:p=body;x${ST}`)).toEqual([
      notified('x', '0'),
      notified('title 8: x', '8'),
    ]);
    const long = `${ESC}]99;i=1:d=0;${'x'.repeat(4_000)}${ST}`.repeat(100);
    const [signal] = read(`${long}${ESC}]99;i=1;end${ST}`);
    expect(signal?.type === 'notification' && signal.text.length).toBe(4_096);
  });
});
