/** Reading of what an adapter says: any of it may be missing, of another type, or too long. */
export type Json = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const recordIn = (value: unknown): Json => (isRecord(value) ? value : {});
export const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
export const countIn = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(Math.round(value)) && value >= 0
    ? Math.round(value)
    : undefined;

/** At most `max` characters, never half a surrogate pair. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** A text that must not be empty; undefined where it is. */
export const nonEmpty = (value: unknown, max: number): string | undefined => {
  const text = textIn(value);
  return text === undefined || text === '' ? undefined : clip(text, max);
};

/** As JSON, with `undefined` as nothing. */
export const jsonOf = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)) ?? '';

/** The deepest that structures are followed; below it they are left out. */
const DEPTH = 64;

/** C8: JSON with keys in order, so that the same always has the same digest. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > DEPTH) return 'null';
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each, depth + 1)).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key], depth + 1)}`);
  return `{${entries.join(',')}}`;
}

/** Names whose values must reach the other side verbatim. */
const VERBATIM = /(?:^id|Id|^type|^sessionUpdate|^mode)$/;

/** Every text of a structure through `mask`, but for ids and the words of the protocol. */
export function mapTexts(value: unknown, mask: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return mask(value);
  if (depth > DEPTH) return null;
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, mask, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      VERBATIM.test(key) && typeof each === 'string' ? each : mapTexts(each, mask, depth + 1),
    ]),
  );
}
