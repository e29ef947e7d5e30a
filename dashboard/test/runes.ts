import { compileModule } from 'svelte/compiler';
import { type Plugin, transformWithOxc } from 'vite';

/** Compiles modules with runes as a browser gets them, so that what they hold changes in tests as on a page. */
export const runes: Plugin = {
  name: 'muster:runes',
  enforce: 'pre',
  async transform(code, id) {
    const [filename = id] = id.split('?');
    if (!filename.endsWith('.svelte.ts')) return null;
    const plain = await transformWithOxc(code, filename, { target: 'esnext' });
    const { js } = compileModule(plain.code, { filename, generate: 'client', dev: false });
    return { code: js.code, map: null };
  },
};
