import type { z } from 'zod';

/** The options a script was started with; it ends with its parent. */
export function scriptOptions<T>(schema: z.ZodType<T>): T {
  process.stdin.on('end', () => process.exit(0)).resume();
  process.on('SIGTERM', () => process.exit(0));
  return schema.parse(JSON.parse(process.argv[2] ?? ''));
}

/** Its one line of JSON. */
export function printResult(value: unknown): void {
  console.log(JSON.stringify(value));
}
