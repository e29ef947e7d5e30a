import { DEFAULT_COLORS } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Emulator } from '../../src/screen/emulator.ts';
import { QueryScanner } from '../../src/screen/query-scanner.ts';
import { filterReports } from '../../src/screen/reports.ts';
import { bytesOf } from '../support/frames.ts';
import { snapshotOf } from '../support/snapshots.ts';

const SIZE = { cols: 80, rows: 24 };
const ESC = '\x1b';
const CSI = `${ESC}[`;
const ST = `${ESC}\\`;

/** Question, and what it hears. */
const QUESTIONS: readonly (readonly [string, string])[] = [
  [`${CSI}5n`, `${CSI}0n`],
  [`${CSI}3;7H${CSI}6n`, `${CSI}3;7R`],
  [`${CSI}3;7H${CSI}?6n`, `${CSI}?3;7R`],
  [`${CSI}?15n`, `${CSI}?13n`],
  [`${CSI}?26n`, `${CSI}?27;1;0;0n`],
  [`${CSI}?996n`, `${CSI}?997;1n`],
  [`${CSI}c`, `${CSI}?1;2c`],
  [`${CSI}0c`, `${CSI}?1;2c`],
  [`${ESC}Z`, `${CSI}?1;2c`],
  [`${CSI}>c`, `${CSI}>0;276;0c`],
  [`${CSI}=c`, `${ESC}P!|00000000${ST}`],
  [`${CSI}4$p`, `${CSI}4;2$y`],
  [`${CSI}4h${CSI}4$p`, `${CSI}4;1$y`],
  [`${CSI}?2004h${CSI}?2004$p`, `${CSI}?2004;1$y`],
  [`${CSI}?2026$p`, `${CSI}?2026;2$y`],
  [`${CSI}?2027$p`, `${CSI}?2027;3$y`],
  [`${CSI}?7777$p`, `${CSI}?7777;0$y`],
  [`${CSI}1;31m${ESC}P$qm${ST}`, `${ESC}P1$r0;1;31m${ST}`],
  [`${ESC}P$qm${ST}`, `${ESC}P1$r0m${ST}`],
  [`${CSI}3;9r${ESC}P$qr${ST}`, `${ESC}P1$r3;9r${ST}`],
  [`${CSI}5 q${ESC}P$q q${ST}`, `${ESC}P1$r5 q${ST}`],
  [`${ESC}P$q"q${ST}`, `${ESC}P1$r0"q${ST}`],
  [`${ESC}P$qz${ST}`, `${ESC}P0$r${ST}`],
  [`${ESC}P+q544e;5a5a${ST}`, `${ESC}P1+r544e=787465726d2d323536636f6c6f72${ST}${ESC}P0+r5a5a${ST}`],
  [`${ESC}]4;1;?\x07`, `${ESC}]4;1;rgb:f2f2/8080/6f6f${ST}`],
  [`${ESC}]4;196;?;232;?${ST}`, `${ESC}]4;196;rgb:ffff/0000/0000${ST}${ESC}]4;232;rgb:0808/0808/0808${ST}`],
  [`${ESC}]4;1;#00f;1;?${ST}`, `${ESC}]4;1;rgb:0000/0000/ffff${ST}`],
  [`${ESC}]10;?;?${ST}`, `${ESC}]10;rgb:dcdc/dfdf/d3d3${ST}${ESC}]11;rgb:1010/1212/0d0d${ST}`],
  [`${ESC}]11;rgb:ff/ffff/f\x07${ESC}]11;?\x07`, `${ESC}]11;rgb:ffff/ffff/ffff${ST}`],
  [`${ESC}]12;?${ST}`, `${ESC}]12;rgb:c3c3/e6e6/5a5a${ST}`],
  [`${ESC}]99;i=x:p=?;${ST}`, `${ESC}]99;i=x:p=?;o=always:p=title,body,close,?${ST}`],
  [`${CSI}>q`, `${ESC}P>|xterm.js(6.0.0)${ST}`],
  [`${CSI}>0q`, `${ESC}P>|xterm.js(6.0.0)${ST}`],
  [`${CSI}?u`, `${CSI}?0u`],
  [`${CSI}>1u${CSI}?u`, `${CSI}?1u`],
  [`${CSI}>1u${CSI}?1049h${CSI}?u${CSI}?1049l${CSI}?u${CSI}<u${CSI}?u`, `${CSI}?0u${CSI}?1u${CSI}?0u`],
  // Modes that no page honours are not reported.
  [`${CSI}=31u${CSI}?u`, `${CSI}?1u`],
  [`${CSI}?4m`, `${CSI}>4;0m`],
  [`${CSI}14t`, `${CSI}4;384;640t`],
  [`${CSI}16t`, `${CSI}6;16;8t`],
  [`${CSI}18t`, `${CSI}8;24;80t`],
  [`${CSI}x`, `${CSI}2;1;1;128;128;1;0x`],
  [`${CSI}1x`, `${CSI}3;1;1;128;128;1;0x`],
  [`${ESC}]2;mine\x07${CSI}21t`, `${ESC}]l${ST}`],
  [`${'x'.repeat(80)}${CSI}6n`, `${CSI}1;80R`],
  [`${CSI}3;9r${CSI}?6h${CSI}2;2H${CSI}6n`, `${CSI}2;2R`],
];
/** Sequences that are no queries, or whose answer is withheld. */
const SILENT = [
  'text',
  `${CSI}31m`,
  `${CSI}?1049h`,
  `${ESC}]52;c;?\x07`,
  `${ESC}]0;a title?\x07`,
  `${CSI}?1;2c`,
  '\x05',
];

function asked(text: string, emulate = (_: Emulator) => {}): string {
  const told: string[] = [];
  const emulator = new Emulator(SIZE, { answer: (answer) => told.push(answer) });
  emulate(emulator);
  emulator.feed(bytesOf(text));
  return told.join('');
}

describe('[P8] a program that asks its terminal', () => {
  test.each(QUESTIONS)('%o hears %o', (question, answer) => {
    expect(asked(question)).toBe(answer);
  });

  test.each(SILENT)('%o hears nothing', (text) => expect(asked(text)).toBe(''));

  test('gets every reply in the order of its queries', () => {
    const separate = `${CSI}!p${ESC}c`;
    const all = QUESTIONS.map(([question]) => question).join(separate);
    expect(asked(all)).toBe(QUESTIONS.map(([, answer]) => answer).join(''));
  });

  test('gets the colours of the page that drives', () => {
    const colors = { ...DEFAULT_COLORS, background: '#fdfdf9' };
    const light = (emulator: Emulator) => {
      emulator.colors = colors;
    };
    expect(asked(`${ESC}]11;?${ST}${CSI}?996n`, light)).toBe(
      `${ESC}]11;rgb:fdfd/fdfd/f9f9${ST}${CSI}?997;2n`,
    );
  });

  test('queries nothing by echoing a reply', () => {
    for (const [, answer] of QUESTIONS)
      if (!answer.endsWith('u')) expect(asked(answer), JSON.stringify(answer)).toBe('');
  });

  test('what it made of the keyboard is in a snapshot', () => {
    const emulator = new Emulator(SIZE);
    emulator.feed(bytesOf(`${CSI}>1u${CSI}>0u${CSI}?1049h${CSI}=1u`));
    const state = snapshotOf(emulator);
    const again = `${Buffer.from(state?.data ?? []).toString()}${Buffer.from(state?.modes ?? []).toString()}`;
    const questions = `${CSI}?u${CSI}?1049l${CSI}?u${CSI}<u${CSI}?u${CSI}<u${CSI}?u`;
    expect(asked(again + questions)).toBe(`${CSI}?1u${CSI}?0u${CSI}?1u${CSI}?0u`);
  });
});

describe('[P8] the scanner', () => {
  test('sees every question, however it is cut', () => {
    for (const [question, answer] of QUESTIONS) {
      const bytes = bytesOf(`text${question}`);
      fc.assert(
        fc.property(fc.array(fc.nat(bytes.length), { maxLength: 4 }), (cuts) => {
          const scanner = new QueryScanner();
          const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
          const seen = places
            .slice(1)
            .map((to, index) => scanner.mayContainQuery(bytes.subarray(places[index], to), 0));
          expect(seen.includes(true), `${JSON.stringify(question)} ${answer}`).toBe(true);
          // It ends with the question, so the last piece that has anything of it is the one.
          const last = places.findLastIndex((to, index) => index > 0 && to > (places[index - 1] ?? 0));
          expect(seen[last - 1]).toBe(true);
        }),
        { numRuns: 40 },
      );
    }
  });

  test('sees what is asked at the end of a flood, however it is cut, and nothing in colours', () => {
    const flood = bytesOf(`${CSI}32mINFO${CSI}0m a line of a log\r\n`.repeat(3_000));
    for (const [question] of QUESTIONS) {
      const all = Buffer.concat([flood, bytesOf(question)]);
      for (let cut = flood.length; cut < all.length; cut += 1) {
        const scanner = new QueryScanner();
        if (cut === flood.length) expect(scanner.mayContainQuery(flood, 0)).toBe(false);
        else scanner.mayContainQuery(all.subarray(0, cut), 0);
        // More of the flood follows it.
        expect(scanner.mayContainQuery(all.subarray(cut), 0), question).toBe(true);
        expect(scanner.mayContainQuery(flood, 0)).toBe(false);
      }
    }
  });

  test('sees what is asked in the beginning of a burst, and after a pause begins anew', () => {
    const asking = Buffer.concat([bytesOf(`${CSI}6n`), bytesOf('x'.repeat(4_000))]);
    const scanner = new QueryScanner();
    const seen = (at: number) =>
      Array.from({ length: 30 }, () => scanner.mayContainQuery(asking, at)).filter(Boolean).length;
    // 16 reads of a terminal are 64 kB.
    expect([seen(0), seen(1), seen(60_000), seen(-60_000)]).toEqual([16, 0, 16, 16]);
  });

  test('sees none in what programs print all day', () => {
    const scanner = new QueryScanner();
    const page = `${CSI}?1049h${CSI}2J${CSI}1;1H${CSI}38;5;12mtext?${CSI}0m${ESC}]0;title\x07${ESC}7${ESC}8${CSI}3;5r${CSI}u é漢\r\n`;
    expect(scanner.mayContainQuery(bytesOf(page.repeat(100)), 0)).toBe(false);
  });
});

describe('[P8] [X6] replies of a page that nobody typed', () => {
  const say = (text: string, answer: boolean, wanted: { mouse: boolean; focus: boolean }) =>
    Buffer.from(filterReports(Buffer.from(text, 'latin1'), answer, wanted)).toString('latin1');
  const all = { mouse: true, focus: true };
  const none = { mouse: false, focus: false };

  test('answers never reach a program, reports do that it asked for', () => {
    for (const [, answer] of QUESTIONS) expect(say(answer, true, all)).toBe('');
    expect(say(`${CSI}I${CSI}<35;4;5M`, true, all)).toBe(`${CSI}I${CSI}<35;4;5M`);
    expect(say(`${CSI}I${CSI}<35;4;5M`, true, { mouse: true, focus: false })).toBe(`${CSI}<35;4;5M`);
    expect(say(`${CSI}M !!`, true, none)).toBe('');
    expect(say('text', true, all)).toBe('');
  });

  test('keys pass, and a click that was meant for the program before does not', () => {
    expect(say('ls\r', false, none)).toBe('ls\r');
    expect(say(`${CSI}A`, false, none)).toBe(`${CSI}A`);
    expect(say(`${CSI}<0;4;5M`, false, none)).toBe('');
    expect(say(`a${CSI}<0;4;5M${CSI}<0;4;5mb`, false, none)).toBe('ab');
    expect(say(`${CSI}<0;4;5M`, false, all)).toBe(`${CSI}<0;4;5M`);
  });
});
