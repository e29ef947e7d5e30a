import { describe, expect, test } from 'vitest';
import type { Reader } from '../../src/lib/terminal/pacer.ts';
import { TerminalWriter } from '../../src/lib/terminal/writer.ts';

/** Hands out a fixed allowance whenever it is woken. */
class StepPacer {
  allowance = Number.POSITIVE_INFINITY;
  add(): () => void {
    return () => {};
  }
  wake(reader: Reader): void {
    if (reader.ready) reader.pump(this.allowance);
  }
}

/** An emulator that is through when the test says so. */
class SlowSink {
  text = '';
  #done: (() => void)[] = [];
  readonly #decoder = new TextDecoder();
  write(data: Uint8Array, done?: () => void): void {
    this.text += this.#decoder.decode(data);
    if (done !== undefined) this.#done.push(done);
  }
  parsed(): void {
    for (const done of this.#done.splice(0)) done();
  }
}

const text = (value: string) => new TextEncoder().encode(value);
function setUp() {
  const sink = new SlowSink();
  const pacer = new StepPacer();
  const writer = new TerminalWriter(pacer, () => {});
  return { sink, pacer, writer };
}

describe('a terminal writer', () => {
  test('keeps what came before the emulator was there', () => {
    const { sink, writer } = setUp();
    writer.write(text('early '));
    writer.write(text('bird'));
    writer.open(sink);
    sink.parsed();
    expect(sink.text).toBe('early bird');
  });

  test('does a thing in its place only once all before it is parsed', () => {
    const { sink, writer } = setUp();
    writer.open(sink);
    writer.write(text('before'));
    let at: string | null = null;
    writer.write(() => {
      at = sink.text;
    });
    writer.write(text(' after'));
    expect(at).toBeNull();
    sink.parsed();
    expect(at).toBe('before');
    expect(sink.text).toBe('before after');
  });

  test('hands out no more than it is allowed, and goes on when that is parsed', () => {
    const { sink, pacer, writer } = setUp();
    pacer.allowance = 3;
    writer.open(sink);
    writer.write(text('abcdefgh'));
    expect(sink.text).toBe('abc');
    sink.parsed();
    expect(sink.text).toBe('abcdef');
    sink.parsed();
    expect(sink.text).toBe('abcdefgh');
  });

  test('an action may put something before the rest', () => {
    const { sink, writer } = setUp();
    writer.open(sink);
    writer.write(() => writer.first(text('[gap]')));
    writer.write(text('rest'));
    sink.parsed();
    sink.parsed();
    expect(sink.text).toBe('[gap]rest');
  });
});
