import { needFirst } from '../content.ts';
import { fontReady } from './font.ts';

type EmulatorModule = Pick<typeof import('./emulator.ts'), 'createEmulator'>;

/** ms that the code takes on a line too slow to wait for a font as well. */
const SLOW_MS = 500;

/** All of xterm.js and the font, where a terminal is shown, never before (F13). */
export async function loadEmulator(): Promise<EmulatorModule> {
  const began = performance.now();
  const code = import('./emulator.ts');
  needFirst(code);
  const { createEmulator } = await code;
  // After the code, not beside it: a slow line would bring both late, and a terminal can open without it (F16).
  if (performance.now() - began < SLOW_MS) await fontReady();
  return { createEmulator };
}
