import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Automaton } from '../../src/redact/automaton.ts';
import { encodingsOf } from '../../src/redact/encodings.ts';
import { Redactor } from '../../src/redact/redactor.ts';
import { joined } from '../../src/spool/bytes.ts';
import { bytesOf } from '../support/frames.ts';

interface Piece {
  readonly data: Uint8Array;
  /** ms. */
  readonly at: number;
}

/** The output of a redactor whose alarm fires in time; `held`: how much is pending after each piece. */
function through(automaton: Automaton, pieces: readonly Piece[]) {
  const redactor = new Redactor(automaton);
  const out: Uint8Array[] = [];
  const held: number[] = [];
  let waits = 0;
  const pass = (bytes: Uint8Array) => {
    out.push(bytes);
    waits -= bytes.length;
  };
  for (const { data, at } of pieces) {
    const due = redactor.dueAt();
    if (due !== null && due <= at) pass(redactor.tick(due));
    waits += data.length;
    pass(redactor.push(data, at));
    held.push(waits);
  }
  pass(redactor.end());
  expect(redactor.dueAt()).toBeNull();
  const bytes = joined(out);
  return { bytes, text: Buffer.from(bytes).toString(), held };
}

const texts = (...parts: (readonly [string | Uint8Array, number])[]): Piece[] =>
  parts.map(([data, at]) => ({ data: typeof data === 'string' ? bytesOf(data) : data, at }));

/** X7, in its own words. */
const SHOWN_BYTES = 3;
const SILENCE_MS = 50;

const SECRET = 'correct horse';
const AUTOMATON = new Automaton([bytesOf(SECRET)]);

test('[X7] what is no secret passes at once, without a copy', () => {
  const redactor = new Redactor(AUTOMATON);
  const data = bytesOf('an ordinary line\n');
  const passed = redactor.push(data, 0);
  expect(passed).toEqual(data);
  expect(passed.buffer).toBe(data.buffer);
  expect(redactor.dueAt()).toBeNull();
});

test("[X7] a possible secret's first 3 bytes pass at once, longer beginnings after 50 ms of silence", () => {
  const redactor = new Redactor(AUTOMATON);
  const said = (text: string, now: number) => Buffer.from(redactor.push(bytesOf(text), now)).toString();
  expect([...'cor'].map((key, at) => said(key, at))).toEqual(['c', 'o', 'r']);
  expect(redactor.dueAt()).toBeNull();
  expect(said('re', 10)).toBe('');
  expect(redactor.dueAt()).toBe(60);
  expect(said('ct', 50)).toBe('');
  expect(redactor.dueAt()).toBe(100);
  expect(redactor.tick(99)).toHaveLength(0);
  expect(Buffer.from(redactor.tick(100)).toString()).toBe('rect');
  expect(redactor.dueAt()).toBeNull();
});

test('[X7] what completes a secret after a silence is masked from there on', () => {
  expect(through(AUTOMATON, texts(['> correct', 0], [' hor', 50], ['se!', 60])).text).toBe(
    '> correct******!',
  );
  expect(through(AUTOMATON, texts(['> correct', 0], [' hor', 49], ['se!', 60])).text).toBe(
    '> cor**********!',
  );
});

test('[X7] a beginning that goes on differently passes as it is, with a secret that begins in it', () => {
  expect(through(AUTOMATON, texts(['correct h', 0], ['at', 1])).text).toBe('correct hat');
  expect(through(AUTOMATON, texts(['correct correct', 0], [' horse', 1])).text).toBe('correct cor**********');
  const nested = new Automaton([bytesOf('aaaaSECRET12bbbb'), bytesOf('SECRET12')]);
  expect(through(nested, texts(['aaaaSECRET12', 0], ['bbbc', 1])).text).toBe('aaaa********bbbc');
  expect(through(nested, texts(['aaaaSECRET12', 0], ['bbbb', 1])).text).toBe('aaa*************');
});

test('[X7] secrets that overlap are masked both', () => {
  const both = new Automaton([bytesOf('abcdefgh'), bytesOf('ghabcdef')]);
  for (let cut = 0; cut <= 12; cut += 1) {
    const { text } = through(
      both,
      texts(['ab cdabcdefghabcdefg'.slice(0, cut), 0], ['ab cdabcdefghabcdefg'.slice(cut), 1]),
    );
    expect(text).toMatch(/^ab cd(abc|ab|a|)\*{11,14}g$/);
    expect(text).toHaveLength(20);
  }
});

test('[X7] the mask has a star for each character and keeps line ends, so that what is drawn stays in its place', () => {
  const forms = new Automaton(encodingsOf(['pässwörd\nline two']));
  expect(through(forms, texts(['1: pässwörd\r\nline two.\n', 0])).text).toBe('1: ********\r\n********.\n');
});

test('[X7][S11] no character is cut in two: one that does not fit into the first 3 bytes waits', () => {
  const redactor = new Redactor(new Automaton([bytesOf('pa€€€€word')]));
  const bytes = bytesOf('pa€€€');
  const out = [...bytes].map((_, at) => redactor.push(bytes.subarray(at, at + 1), at).length);
  expect(out).toEqual([1, 1, ...Array.from({ length: 9 }, () => 0)]);
  expect(Buffer.from(redactor.tick(60)).toString()).toBe('€€€');
});

interface Verdict {
  /** Bytes of secrets that passed though the whole secret was there less than 50 ms later, their first 3 apart. */
  leaks: number;
  /** Bytes that came out otherwise than they went in and belong to no secret. */
  damaged: number;
  /** Bytes that waited though no secret can begin so, or were among the first 3 of what can. */
  late: number;
  masked: number;
}

/** Battery 17's oracle, by trying every place. For ASCII: in and out are aligned byte by byte. */
function judge(forms: readonly string[], automaton: Automaton, pieces: readonly Piece[]): Verdict {
  const { bytes, held } = through(automaton, pieces);
  const text = Buffer.from(joined(pieces.map(({ data }) => data))).toString('latin1');
  const arrived = pieces.flatMap(({ data, at }) => Array.from(data, () => at));
  const isSecret = new Uint8Array(text.length);
  const mustMask = new Uint8Array(text.length);
  for (const form of forms) {
    for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + 1)) {
      const end = start + form.length;
      isSecret.fill(1, start, end);
      let at = end - 1;
      const near = () => (arrived[at + 1] ?? 0) - (arrived[at] ?? 0) < SILENCE_MS;
      while (at >= start + SHOWN_BYTES && (at === end - 1 || near())) mustMask[at--] = 1;
    }
  }
  const verdict = { leaks: 0, damaged: Math.abs(bytes.length - text.length), late: 0, masked: 0 };
  for (let at = 0; at < text.length; at += 1) {
    const isMasked = bytes[at] === 0x2a;
    if (isMasked) verdict.masked += 1;
    else if (mustMask[at] === 1) verdict.leaks += 1;
    if (isMasked ? isSecret[at] === 0 : bytes[at] !== text.charCodeAt(at)) verdict.damaged += 1;
  }
  let at = 0;
  pieces.forEach(({ data }, index) => {
    at += data.length;
    const waits = held[index] ?? 0;
    const begun = (form: string) => {
      for (let size = Math.min(form.length, at); size >= waits + SHOWN_BYTES; size -= 1)
        if (text.startsWith(form.slice(0, size), at - size)) return true;
      return false;
    };
    if (waits > 0 && !forms.some(begun)) verdict.late += 1;
  });
  return verdict;
}

const TOKEN = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'; // not a secret: made up for this test
const KEY = 's/e+c=r e"t\\k?y';
const OUTPUT = (secret: string) =>
  `$ print it\r\n\u001b[31m${secret}\u001b[0m ${secret}${secret} ghp_16C s/e\r\n`;

test('[X7] battery 17: in every form, split at every boundary: 0 leaks, and all else is as it was', () => {
  const forms = encodingsOf([TOKEN, KEY]).map(String);
  const automaton = new Automaton(forms.map(bytesOf));
  let splits = 0;
  for (const form of forms) {
    const whole = bytesOf(OUTPUT(form));
    const check = (...cuts: number[]): number => {
      const ends = cuts.filter((at) => at < whole.length);
      const pieces = [0, ...ends].map((from, index) => ({
        data: whole.subarray(from, ends[index]),
        at: index * (SILENCE_MS - 1),
      }));
      splits += 1;
      const { masked, ...wrong } = judge(forms, automaton, pieces);
      expect(wrong).toEqual({ leaks: 0, damaged: 0, late: 0 });
      return masked;
    };
    expect(check()).toBe(3 * form.length);
    for (let at = 1; at < whole.length; at += 1) {
      check(at);
      for (const width of [1, 3, 4, 9]) check(at, at + width);
    }
    check(...whole.keys());
  }
  expect(splits).toBeGreaterThan(10_000);
});

const SHORT = ['aabaabaa', 'abaabaabcc', 'baabaaba', 'ccccccccc', 'aabaabaabaab'];

test('[X7] battery 17: pieces of secrets at random, in random pieces at random times: 0 leaks', () => {
  const secret = fc.constantFrom(...SHORT);
  const part = fc.oneof(
    secret,
    fc.tuple(secret, fc.nat(11)).map(([form, length]) => form.slice(0, length)),
    fc.tuple(secret, fc.nat(11)).map(([form, from]) => form.slice(from)),
    fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 4 }),
  );
  const cut = fc.record({
    size: fc.integer({ min: 1, max: 14 }),
    wait: fc.constantFrom(0, 0, 1, 20, SILENCE_MS - 1, SILENCE_MS, 3 * SILENCE_MS),
  });
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 12 }),
      fc.array(cut, { minLength: 1, maxLength: 40 }),
      fc.subarray(SHORT, { minLength: 1 }),
      (parts, cuts, forms) => {
        const whole = bytesOf(parts.join(''));
        const pieces: Piece[] = [];
        for (let from = 0, index = 0, now = 0; from < whole.length; index += 1) {
          const { size, wait } = cuts[index % cuts.length] ?? { size: 1, wait: 0 };
          pieces.push({ data: whole.subarray(from, from + size), at: now });
          from += size;
          now += wait;
        }
        const { masked, ...wrong } = judge(forms, new Automaton(forms.map(bytesOf)), pieces);
        expect(wrong).toEqual({ leaks: 0, damaged: 0, late: 0 });
        if (forms.every((form) => !parts.join('').includes(form))) expect(masked).toBe(0);
      },
    ),
    { numRuns: 3_000 },
  );
});
