/** What can happen, and how often beside the others. */
const LIFE = { output: 40, event: 8, deliver: 90, wait: 14, dial: 12 } as const;
const FAULTS = {
  flood: 3,
  cut: 1.5,
  halfOpen: 1,
  delay: 2,
  slowViewer: 1.2,
  duplicate: 6,
  reorder: 14,
  drop: 4,
  hibernate: 2,
  reset: 1.2,
  resetMidway: 1.5,
  restart: 1,
  tornWrite: 0.7,
  powerLoss: 0.7,
  fullDisk: 0.7,
  freeDisk: 0.7,
  placeAnew: 0.6,
  lobbyAway: 0.7,
  lobbyBack: 0.7,
} as const;
export type Fault = keyof typeof FAULTS;
export type Action = keyof typeof LIFE | Fault;

export const FAULT_NAMES: readonly Fault[] = Object.keys(FAULTS).filter(
  (name): name is Fault => name in FAULTS,
);

const ALL = { ...LIFE, ...FAULTS };
const TABLE: readonly { readonly action: Action; readonly upTo: number }[] = Object.keys(ALL)
  .filter((name): name is Action => name in ALL)
  .map((action, index, actions) => ({
    action,
    upTo: actions.slice(0, index + 1).reduce((sum, name) => sum + ALL[name], 0),
  }));
const WEIGHT = TABLE.at(-1)?.upTo ?? 0;

/** @param chance 0 ≤ chance < 1 */
export function drawn(chance: number): Action {
  const at = chance * WEIGHT;
  return TABLE.find(({ upTo }) => at < upTo)?.action ?? 'deliver';
}
