/** Why it ends: a person asked, or the process that started it is gone. */
export type Ending = 'asked' | 'abandoned';

export interface Signals {
  /** Resolves at the first reason to end. */
  readonly ended: Promise<Ending>;
  /** Resolves when the person asks again. */
  readonly forced: Promise<void>;
}

/** Takes the place of all other handlers: libraries end the process at once. */
export function listen(): Signals {
  const ended = Promise.withResolvers<Ending>();
  const forced = Promise.withResolvers<void>();
  let asked = false;
  const ask = () => {
    if (asked) forced.resolve();
    asked = true;
    ended.resolve('asked');
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeAllListeners(name).on(name, ask);
  if (process.send !== undefined) process.on('disconnect', () => ended.resolve('abandoned'));
  return { ended: ended.promise, forced: forced.promise };
}

/** Waits for the work, but no longer than `ms`, and never rejects. */
export async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.resolve(work).catch(() => undefined), late]);
  clearTimeout(timer);
}
