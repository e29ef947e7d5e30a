import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { LOG_LINES, OutputLog, type Stream } from '../../src/lib/commands/log.ts';
import { PLAIN } from '../../src/lib/commands/sgr.ts';

const logOf = (...pieces: (string | readonly [Stream, string])[]) => {
  const log = new OutputLog();
  for (const piece of pieces) {
    if (typeof piece === 'string') log.write(piece, 'stdout');
    else log.write(piece[1], piece[0]);
  }
  return log;
};
const textOf = (log: OutputLog) =>
  log.lines.map(({ spans }) => spans.map(({ text }) => text).join('')).join('\n');

describe('what a command printed', () => {
  test('is shown line by line, however it was cut', () => {
    expect(textOf(logOf('one\ntw', 'o\nthree'))).toBe('one\ntwo\nthree');
  });
  test('obeys what rewrites its own line, as a progress bar does', () => {
    expect(textOf(logOf(' 10 %\r 54 %\r100 %\n'))).toBe('100 %');
    expect(textOf(logOf('working...\r\u001b[Kdone\n'))).toBe('done');
    expect(textOf(logOf('ab\b\bxy'))).toBe('xy');
    expect(textOf(logOf('a\tb'))).toBe('a       b');
  });
  test('has its colours, and nothing else of a terminal', () => {
    const [line] = logOf(
      '\u001b]0;title\u0007\u001b[1;31mred\u001b[0m \u001b[38;5;196mcube\u001b[48;2;1;2;3m!\u001b[2J\u001b[5A',
    ).lines;
    expect(line?.spans.map(({ text, style }) => [text, style.colour, style.ground, style.bold])).toEqual([
      ['red', 1, null, true],
      [' ', null, null, false],
      ['cube', '#ff0000', null, false],
      ['!', '#ff0000', '#010203', false],
    ]);
  });
  test.each([
    ['38;2;1;2;3', { colour: '#010203' }],
    ['38:2:1:2:3', { colour: '#010203' }],
    ['38:2::1:2:3', { colour: '#010203' }],
    ['48:5:196;3', { ground: '#ff0000', italic: true }],
    ['4:3', { underline: true }],
    ['1;4;4:0', { bold: true }],
    ['58;2;1;3;9;1', { bold: true }],
    ['58:5:1;9', { strike: true }],
    ['38', {}],
  ])('reads the style %s', (parameters, expected) => {
    const [line] = logOf(`\u001b[${parameters}mx`).lines;
    expect(line?.spans[0]?.style).toEqual({ ...PLAIN, ...expected });
  });
  test('separates stdout and stderr, in the order they came, each with its own colours', () => {
    const log = logOf('\u001b[32mout', ['stderr', 'err\n'], ' on\n');
    expect(log.lines.map(({ stream, spans }) => [stream, spans[0]?.text, spans[0]?.style.colour])).toEqual([
      ['stdout', 'out', 2],
      ['stderr', 'err', null],
      ['stdout', ' on', 2],
    ]);
  });
  test('marks a hole where it is', () => {
    const log = logOf('before');
    log.lost();
    log.write('after', 'stdout');
    expect(log.lines.map(({ stream }) => stream)).toEqual(['stdout', 'lost', 'stdout']);
  });
  test('keeps the newest lines, and counts what it dropped', () => {
    const log = logOf('x\n'.repeat(LOG_LINES + 5));
    expect([log.lines.length, log.dropped, log.lines[0]?.number]).toEqual([LOG_LINES, 5, 6]);
  });
  test('is not held up by an escape sequence that never ends', () => {
    const log = logOf(`\u001b]${'x'.repeat(5_000)}`, '\nafter');
    expect(textOf(log).endsWith('after')).toBe(true);
  });
  test('is the same however it is cut', () => {
    const unit = fc.constantFrom(
      'a',
      '\n',
      '\r',
      '\u001b[31m',
      '\u001b[K',
      '\u001b]0;t\u0007',
      '\u001b(B',
      'é',
      '\b',
    );
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 30 }),
        fc.array(fc.nat(80), { maxLength: 6 }),
        (units, cuts) => {
          const text = units.join('');
          const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
          const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
          expect(logOf(...pieces).lines).toEqual(logOf(text).lines);
        },
      ),
    );
  });
  test('marks missing output, and keeps as many lines as its limit', () => {
    const log = new OutputLog(3);
    log.write('a\nb', 'stdout');
    log.lost('9 bytes are lost');
    log.write('c\n', 'stdout');
    expect(log.lines.map(({ stream, spans }) => [stream, spans[0]?.text])).toEqual([
      ['stdout', 'b'],
      ['lost', '9 bytes are lost'],
      ['stdout', 'c'],
    ]);
    expect(log.dropped).toBe(1);
  });
});
