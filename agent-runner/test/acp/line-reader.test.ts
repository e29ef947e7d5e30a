import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { LINE_BYTES, LineReader } from '../../src/acp/line-reader.ts';

function read(pieces: readonly Uint8Array[]) {
  const lines: unknown[] = [];
  const garbage: [string, number][] = [];
  const reader = new LineReader({
    line: (json) => lines.push(json),
    garbage: (text, bytes) => garbage.push([text, bytes]),
  });
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return { lines, garbage };
}

test('[C4] lines come whole, however the pipe cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())),
      fc.integer({ min: 1, max: 40 }),
      (messages, size) => {
        const text = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
        const bytes = Buffer.from(text);
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        const expected = messages.map((message) => JSON.parse(JSON.stringify(message)));
        expect(read(pieces)).toEqual({ lines: expected, garbage: [] });
      },
    ),
  );
});

test('[C4] what is no message is told with its beginning; blank lines are nothing', () => {
  expect(read([Buffer.from('oops\n\n  \n"text"\n3\n{"a":1}\n{"cut')])).toEqual({
    lines: [{ a: 1 }],
    garbage: [
      ['oops', 4],
      ['"text"', 6],
      ['3', 1],
      ['{"cut', 5],
    ],
  });
});

test('[C4] of a line that is too long only the beginning is held', () => {
  const mib = Buffer.alloc(1024 * 1024, 'x');
  const count = LINE_BYTES / mib.length + 8;
  const { lines, garbage } = read([
    ...Array.from({ length: count }, () => mib),
    Buffer.from('\n{"after":true}\n'),
  ]);
  expect(lines).toEqual([{ after: true }]);
  expect(garbage).toEqual([['x'.repeat(1024), count * mib.length]]);
});
