import { readdirSync, readFileSync } from 'node:fs';

/** Every process that descends from a start carries the start's tag in its environment. */
export const TAG = 'MUSTER_TEST_TAG';

export interface Survivor {
  readonly pid: number;
  readonly command: string;
}

function survivorOf(pid: number, tag: string): Survivor | null {
  try {
    if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${TAG}=${tag}`)) return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    // A zombie has no command line: it has ended, and only waits to be counted.
    return command === '' ? null : { pid, command };
  } catch {
    return null;
  }
}

/** The living processes of one start, the tests' own process left out. */
export function survivorsOf(tag: string): Survivor[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .map((pid) => survivorOf(pid, tag))
    .filter((survivor) => survivor !== null);
}

export function killAll(tag: string): void {
  for (const { pid } of survivorsOf(tag)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself between the look and the signal.
    }
  }
}
