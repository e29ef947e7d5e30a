const start = (run: () => void, delayMs: number) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** This machine's clock, ms since 1970. */
export const WALL_CLOCK = { now: () => Date.now(), start };
