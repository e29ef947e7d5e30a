import type { Retired } from '../words.ts';

/** The words of a name: `#tellLobby` and `tell-lobby.svelte.ts` are both `tell lobby`. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/(?:\.(?:svelte|test|node|d))*\.[a-z]+$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');

/** ` tell lobby `: most names are asked about many words. */
const texts = new Map<string, string>();
function textOf(name: string): string {
  const known = texts.get(name) ?? ` ${wordsOf(name).join(' ')} `;
  texts.set(name, known);
  return known;
}

/** The first retired word that a name at `path` has. */
export function retiredIn(name: string, path: string, retired: readonly Retired[]): Retired | undefined {
  const text = textOf(name);
  return retired.find(({ word, first, within, except }) => {
    const has = first === true ? text.startsWith(` ${word} `) : text.includes(` ${word} `);
    return has && within?.test(path) !== false && except?.test(path) !== true;
  });
}
