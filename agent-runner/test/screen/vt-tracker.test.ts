import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { MAX_SEQUENCE_BYTES, SequenceBuffer } from '../../src/screen/sequence-buffer.ts';
import { VtTracker } from '../../src/screen/vt-tracker.ts';
import { bytesOf } from '../support/frames.ts';
import { Viewer } from '../support/same-screen.ts';

/** Bytes that mean something to a parser, often. */
const byte = fc.oneof(
  fc.constantFrom(...Buffer.from('\x1b[]PX^_\\;?<:0m1A \x07\x18\x1a\n\x7f')),
  fc.constantFrom(
    0xc2,
    0x9b,
    0x9c,
    0x9d,
    0x90,
    0x98,
    0x85,
    0xa0,
    0xe2,
    0x94,
    0x80,
    0xf0,
    0x9f,
    0xef,
    0xbb,
    0xbf,
  ),
  fc.integer({ min: 0, max: 255 }),
);
const bytes = fc.array(byte, { maxLength: 60 }).map((array) => Uint8Array.from(array));
/** Ends the text, so that the decoder of the other side holds nothing back. */
const END = 0x0c;

test('[S14] a tracker is in the state of the parser after any bytes', () => {
  fc.assert(
    fc.property(bytes, (data) => {
      const tracker = new VtTracker();
      const viewer = new Viewer({ cols: 20, rows: 5 });
      const all = Uint8Array.from([...data, END]);
      tracker.scan(all);
      viewer.write(all);
      expect(tracker.state).toBe(viewer.core._inputHandler._parser.currentState);
    }),
    { numRuns: 5_000 },
  );
});

test('[S14] it is read the same whatever the pieces', () => {
  fc.assert(
    fc.property(bytes, fc.nat(60), (data, cut) => {
      const whole = new VtTracker();
      const parts = new VtTracker();
      const rest = whole.scan(data);
      const first = parts.scan(data.subarray(0, cut));
      const second = parts.scan(data.subarray(cut));
      expect([parts.state, parts.isInGround, second === 0 ? first : cut + second]).toEqual([
        whole.state,
        whole.isInGround,
        rest,
      ]);
    }),
    { numRuns: 2_000 },
  );
});

test('[S14] what is held back and what was let through are the stream', () => {
  fc.assert(
    fc.property(fc.array(bytes), (pieces) => {
      const held = new SequenceBuffer();
      const through = pieces.map((piece) => held.push(piece));
      expect(Buffer.concat([...through, held.pending])).toEqual(Buffer.concat(pieces));
    }),
  );
});

test.each([
  ['an OSC', '\x1b]52;c;', '\x07'],
  ['a DCS', '\x1bPq', '\x1b\\'],
  ['an APC', '\x1b_G', '\x1b\\'],
  ['a CSI', '\x1b[', 'm'],
])('[S14] %s without end takes no more memory than its bound, and is over when it ends', (_, start, end) => {
  const held = new SequenceBuffer();
  held.push(bytesOf(start));
  for (let sent = 0; sent < 4 * MAX_SEQUENCE_BYTES; sent += 1_000) {
    expect(held.push(bytesOf('1'.repeat(1_000)))).toHaveLength(0);
    expect(held.pending.length).toBeLessThanOrEqual(MAX_SEQUENCE_BYTES);
  }
  const viewer = new Viewer({ cols: 20, rows: 5 });
  viewer.write(held.push(bytesOf(`${end}after`)));
  expect(held.pending).toHaveLength(0);
  expect(viewer.terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('after');
});
