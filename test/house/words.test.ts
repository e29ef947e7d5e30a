import { beforeAll, describe, expect, it } from 'vitest';
import { exportsOf } from './lib/code.ts';
import { filesOf, read } from './lib/files.ts';
import { retiredIn, wordsOf } from './lib/names.ts';
import { KEPT, type Retired, WORDS } from './words.ts';

const CODE = /^(?:protocol|client|worker|agent-runner|dashboard|test|bench|scripts)\/.*\.(?:ts|mjs|svelte)$/;

/** The names of a file: its folders', its own, and those it exports. */
const namesOf = (path: string, text: string): string[] => [
  ...path.split('/').slice(1),
  ...(path.endsWith('.svelte') ? [] : exportsOf(text)),
];

/** `path: name (word → instead)` for each name that has a retired word. */
function faultOf(path: string, name: string, retired: readonly Retired[]): string[] {
  const word = retiredIn(name, path, retired);
  return word === undefined ? [] : [`${path}: ${name} (${word.word} → ${word.instead}: ${word.why})`];
}

describe('retired words', () => {
  let all: { path: string; name: string }[] = [];
  beforeAll(() => {
    all = filesOf(CODE).flatMap((path) => namesOf(path, read(path)).map((name) => ({ path, name })));
  }, 60_000);
  const isKept = (path: string, name: string) => KEPT.get(path)?.includes(name) === true;

  it('are in no name of a file, an export or a class’s member', () => {
    expect(all.length).toBeGreaterThan(3_000);
    const faults = all.filter(({ path, name }) => !isKept(path, name));
    expect(faults.flatMap(({ path, name }) => faultOf(path, name, WORDS))).toEqual([]);
  });

  it('are kept only where there is a name with them', () => {
    const kept = [...KEPT].flatMap(([path, names]) => names.map((name) => ({ path, name })));
    const unknown = kept.filter(
      ({ path, name }) =>
        faultOf(path, name, WORDS).length === 0 ||
        !all.some((each) => each.path === path && each.name === name),
    );
    expect(unknown).toEqual([]);
  });

  it('would be caught in a planted file', () => {
    const text = [
      'export class GuardDesk { #tellLobby(): void {} greet(): void {} }',
      'export const buriedRooms = 1;',
      'export function settleTail(): void {}',
      'const desk = 2;',
    ].join('\n');
    const words = (path: string) =>
      namesOf(path, text).filter((name) => faultOf(path, name, WORDS).length > 0);
    expect(words('worker/src/a.ts')).toEqual(['GuardDesk', '#tellLobby', 'buriedRooms', 'settleTail']);
    expect(words('client/src/reception.ts')).toEqual([
      'reception.ts',
      'GuardDesk',
      '#tellLobby',
      'buriedRooms',
    ]);
    expect(faultOf('a.ts', 'GuardDesk', WORDS)[0]).toMatch(/^a\.ts: GuardDesk \(desk → Handler/);
    expect(faultOf('worker/src/doors.ts', 'doors', WORDS)).toEqual([]);
  });

  it('are looked for in what a module exports', () => {
    const text = [
      'export const A = { no: 1 }, B = (no: string) => `{` + no;',
      'export class C<T> extends D { static #e: { no: 1 } | null = null; get f() { return /no{/; } async *g() {} }',
      'export default async function h() { const no = 1; }',
      'export interface I { no: 1 } export type J = { no: 1 }; class No { no() {} } export { no } from "./no.ts";',
    ].join('\n');
    expect(exportsOf(text)).toEqual(['A', 'C', '#e', 'f', 'g', 'h', 'I', 'J']);
  });

  it('are the words of a name, not parts of them', () => {
    expect(wordsOf('#tellLobbyURL')).toEqual(['tell', 'lobby', 'url']);
    expect(wordsOf('member-door.node.test.ts')).toEqual(['member', 'door']);
    expect(wordsOf('GRAVE_ROW')).toEqual(['grave', 'row']);
  });
});
