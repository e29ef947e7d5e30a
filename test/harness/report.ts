/** A figure that a test measured, on a line of its own in its output. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

export const MB = 1_000_000;

export const inMb = (bytes: number) => `${(bytes / MB).toFixed(1)} MB`;
export const rate = (bytes: number, ms: number) => `${(bytes / MB / (ms / 1000)).toFixed(1)} MB/s`;
export const inMs = (ms: number) => `${Math.round(ms)} ms`;
