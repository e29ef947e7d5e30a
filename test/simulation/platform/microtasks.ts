import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

setFlagsFromString('--allow-natives-syntax');
const checkpoint = runInThisContext('() => %PerformMicrotaskCheckpoint()') as () => void;

/**
 * Runs what promises have ready, at once: so a world's step is over when it returns, whatever was asynchronous in it. It
 * does nothing inside of a promise's own job, so a world runs from a timer (`outsideOfPromises`).
 */
export const runMicrotasks = checkpoint;

export const outsideOfPromises = <T>(work: () => T): Promise<T> =>
  new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
