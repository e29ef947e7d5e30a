/**
 * The kitty keyboard protocol's progressive enhancement: which flags a program has asked for, on each of its two
 * screens. Only what this page can do counts; the rest is ignored, as the protocol wants it.
 */
export const DISAMBIGUATE = 1;
const SUPPORTED = DISAMBIGUATE;
/** Entries kept per screen; the oldest goes, so that a program that only pushes costs nothing. */
export const STACK_LIMIT = 32;

export type ScreenName = 'normal' | 'alternate';
export type SetMode = 'replace' | 'add' | 'remove';

interface Flags {
  readonly current: number;
  readonly pushed: readonly number[];
}
export type KeyFlags = Readonly<Record<ScreenName, Flags>>;

const NONE: Flags = { current: 0, pushed: [] };
export const NO_KEY_FLAGS: KeyFlags = { normal: NONE, alternate: NONE };

export const flagsOn = (flags: KeyFlags, screen: ScreenName): number => flags[screen].current;

/** `CSI > flags u` */
export function push(flags: KeyFlags, screen: ScreenName, wanted: number): KeyFlags {
  const { current, pushed } = flags[screen];
  const next = { current: wanted & SUPPORTED, pushed: [...pushed, current].slice(-STACK_LIMIT) };
  return { ...flags, [screen]: next };
}

/** `CSI < count u`: beyond the first entry there is nothing, and the flags are 0. */
export function pop(flags: KeyFlags, screen: ScreenName, count: number): KeyFlags {
  const { pushed } = flags[screen];
  const times = Math.max(1, count);
  const current = pushed[pushed.length - times] ?? 0;
  return { ...flags, [screen]: { current, pushed: pushed.slice(0, Math.max(0, pushed.length - times)) } };
}

/** `CSI = flags ; mode u` */
export function set(flags: KeyFlags, screen: ScreenName, wanted: number, mode: SetMode): KeyFlags {
  const { current, pushed } = flags[screen];
  const known = wanted & SUPPORTED;
  const next = { replace: known, add: current | known, remove: current & ~known }[mode];
  return { ...flags, [screen]: { current: next, pushed } };
}

/** The protocol's third number; anything else is no request. */
export const setModeOf = (number: number): SetMode | null =>
  (['replace', 'add', 'remove'] as const)[Math.max(1, number) - 1] ?? null;
