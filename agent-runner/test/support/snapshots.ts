import type { Emulator, ScreenState } from '../../src/screen/emulator.ts';
import { Viewer } from './same-screen.ts';

const MIB = 1024 * 1024;

/** All of a snapshot at once. */
export function snapshotOf(emulator: Emulator, maxBytes = MIB): ScreenState | null {
  const steps = emulator.snapshot(maxBytes);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A fresh terminal that was given a snapshot, without what is pending. */
export function viewerOf(state: ScreenState): Viewer {
  const viewer = new Viewer(state);
  viewer.write(state.data);
  viewer.write(state.modes);
  return viewer;
}
