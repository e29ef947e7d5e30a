import { fontReady } from './font.ts';

/** All of xterm.js and the font, where a terminal is shown, never before (F13). */
export async function loadEmulator(): Promise<Pick<typeof import('./emulator.ts'), 'createEmulator'>> {
  // Both are on their way at once.
  const font = fontReady();
  const { createEmulator } = await import('./emulator.ts');
  await font;
  return { createEmulator };
}
