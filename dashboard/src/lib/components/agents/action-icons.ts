import Pause from '@lucide/svelte/icons/pause';
import Play from '@lucide/svelte/icons/play';
import Power from '@lucide/svelte/icons/power';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Skull from '@lucide/svelte/icons/skull';
import StepForward from '@lucide/svelte/icons/step-forward';
import type { Action } from '../../agents/actions.ts';

export const ACTION_ICONS: Record<Action, typeof Pause> = {
  start: Play,
  pause: Pause,
  resume: StepForward,
  restart: RotateCw,
  stop: Power,
  force: Skull,
};
