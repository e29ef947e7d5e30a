import { fontReady } from './font.ts';

/** All of xterm.js and the font, where a terminal is shown, never before (F13). */
export async function loadEmulator(): Promise<typeof import('./emulator.ts')> {
  const [emulator] = await Promise.all([import('./emulator.ts'), fontReady()]);
  return emulator;
}
