import { MIB } from '@muster/protocol';

/** One frame that a broken or hostile peer sends. */
export interface Malformed {
  readonly data: Uint8Array;
  readonly binary: boolean;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Random = () => number;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Stands in a text for so deep a value that nothing can write it in one go. */
const DEEP = '@deep@';
const DEPTHS = [40, 2_000, 20_000, 200_000];
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '', '\u0000'];
const VALUES: readonly Json[] = [
  ...[null, true, -1, 0, 0.5, 1e308, 2 ** 53, 2 ** 31, '', '\u0000', '\u001b]52;c;aGk=\u0007', '\u202e'],
  ...['\ud800', '\udfff\ud800', 'a\ud83d', '__proto__', 'constructor', '../..', '%00', 'x'.repeat(70_000)],
  ...[[], {}, [[]], [null], DEEP, '1.0.0', '9.0.0', 'NaN', '9007199254740993'],
];
/** No UTF-8: overlong, a surrogate, beyond Unicode, cut off, a lone continuation. */
const NO_UTF8 = [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0x80], [0xff]];
const AROUND = [MIB - 1, MIB, MIB + 1];

const pick = <T>(random: Random, from: readonly T[]): T => {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
};

type Container = Json[] | { [key: string]: Json };

/** Every place of a value: the container and the key in it. */
function placesIn(value: Json): [Container, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): [Container, string][] => [
    [value, key],
    ...placesIn(inner),
  ]);
}

/** As an own key, also where an assignment would set the prototype. */
const put = (container: Container, key: string, value: Json) =>
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });

function mutate(random: Random, message: Json): void {
  const places = placesIn(message);
  if (places.length === 0) return;
  const [container, key] = pick(random, places);
  const what = random();
  if (what < 0.2) Reflect.deleteProperty(container, key);
  else if (what < 0.4) put(container, pick(random, KEYS), structuredClone(pick(random, VALUES)));
  else put(container, key, structuredClone(pick(random, VALUES)));
}

const asText = (random: Random, message: Json): string => {
  const depth = pick(random, DEPTHS);
  const [open, close] = pick(random, [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  const deep = `${open.repeat(depth)}1${close.repeat(depth)}`;
  return JSON.stringify(message).replaceAll(`"${DEEP}"`, deep);
};

function splice(bytes: Uint8Array, at: number, remove: number, insert: readonly number[]): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)]);
}

/** Cut off, lengthened, or with bytes that are others. */
export function damaged(random: Random, bytes: Uint8Array): Uint8Array {
  const at = Math.floor(random() * bytes.length);
  const what = random();
  if (what < 0.2) return bytes.slice(0, at);
  if (what < 0.4) return splice(bytes, at, 0, [...bytes.subarray(0, Math.min(at, 64))]);
  const copy = Uint8Array.from(bytes);
  const changes = what < 0.8 ? 1 : 8;
  for (let change = 0; change < changes; change += 1)
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  return copy;
}

export const noise = (random: Random): Uint8Array =>
  Uint8Array.from({ length: Math.floor(random() * 2_000) }, () => Math.floor(random() * 256));

/** A message of exactly so many bytes, one character of which takes one or two. */
function sized(random: Random): Uint8Array {
  const [head, tail] = ['{"type":"heartbeat","payload":{"sequence":1,"x":"', '"}}'];
  const room = pick(random, AROUND) - head.length - tail.length;
  const wide = random() < 0.5 ? Math.floor(room / 2) : 0;
  return encoder.encode(`${head}${'é'.repeat(wide)}${'a'.repeat(room - 2 * wide)}${tail}`);
}

/** A real message of these, one to three of its parts wrong. */
export function wrongMessage(random: Random, samples: readonly object[]): Json {
  const message = JSON.parse(JSON.stringify(pick(random, samples)));
  for (let left = Math.floor(random() * 3); left >= 0; left -= 1) mutate(random, message);
  return message;
}

/** Text a peer sends in place of one of these messages. */
export function malformedText(random: Random, samples: readonly object[]): Uint8Array {
  const text = () => encoder.encode(asText(random, wrongMessage(random, samples)));
  const what = random();
  if (what < 0.003) return sized(random);
  if (what < 0.6) return text();
  const bytes = what < 0.7 ? text() : encoder.encode(JSON.stringify(pick(random, samples)));
  if (what < 0.85) return damaged(random, bytes);
  if (what < 0.97) return splice(bytes, Math.floor(random() * bytes.length), 1, pick(random, NO_UTF8));
  return encoder.encode(
    pick(random, ['', '{', '[]', 'null', '1', '"a"', '{}{}', '\ufeff{}', ' ', 'PING', 'ping ']),
  );
}

/** A frame in place of one of these messages, or of the binary ones. */
export function malformed(
  random: Random,
  samples: readonly object[],
  binaries: () => readonly Uint8Array[],
): Malformed {
  if (random() < 0.85) return { data: malformedText(random, samples), binary: false };
  const data = random() < 0.3 ? noise(random) : damaged(random, pick(random, binaries()));
  return { data, binary: true };
}

/** The same in a URL or a header: only what those can carry. */
export const malformedWord = (random: Random): string =>
  pick(random, [
    ...KEYS.map(encodeURIComponent),
    ...[
      '%ED%A0%80',
      '%FF',
      '%',
      '..%2f..',
      '-1',
      '1e309',
      '9007199254740993',
      'x'.repeat(3_000),
      'a.b',
      '%7B%7D',
    ],
    decoder
      .decode(noise(random))
      .replaceAll(/[^\w.~-]/g, '')
      .slice(0, 40),
  ]);
