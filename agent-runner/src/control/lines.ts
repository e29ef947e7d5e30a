import type { Socket } from 'node:net';
import type * as z from 'zod';

/** One line: a placement with its environment at its largest fits, bytes. */
const MAX_LINE_CHARS = 32 * 1024 * 1024;

/** Calls `take` for each line of JSON that fits the schema and the bound, characters. A peer that sends anything else is cut off. */
export function readLines<T>(
  socket: Socket,
  schema: z.ZodType<T>,
  take: (message: T) => void,
  maxChars = MAX_LINE_CHARS,
): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxChars) socket.destroy();
    for (const line of lines) {
      if (line.length > maxChars) socket.destroy();
      if (socket.destroyed) return;
      const message = parsed(line, schema);
      if (message === null) {
        socket.destroy();
        return;
      }
      take(message);
    }
  });
}

function parsed<T>(line: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

export function writeLine(socket: Socket, message: unknown): void {
  socket.write(`${JSON.stringify(message)}\n`);
}
