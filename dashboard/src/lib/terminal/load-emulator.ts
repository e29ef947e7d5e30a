import { loadFirst } from '../content.ts';
import { fontReady } from './font.ts';

type EmulatorModule = Pick<typeof import('./emulator.ts'), 'createEmulator'>;

/** From this many ms for the code on, the connection is too slow to wait for the font as well. */
const SLOW_MS = 500;

/** All of xterm.js and the font, where a terminal is shown, never before (F13). */
export async function loadEmulator(): Promise<EmulatorModule> {
  const began = performance.now();
  const code = import('./emulator.ts');
  loadFirst(code);
  const { createEmulator } = await code;
  // The font loads after the code: over a slow line both would be late, and a terminal can open without it (F16).
  if (performance.now() - began < SLOW_MS) await fontReady();
  return { createEmulator };
}
