import { spawn } from 'node-pty';
import type { Connection } from './connection.ts';

/** node-pty with nothing behind it. */
export function ptyConnection(
  [file, ...args]: readonly [string, ...string[]],
  receive: (data: Uint8Array) => void,
): Connection {
  const pty = spawn(file, args, { cols: 120, rows: 40, encoding: null });
  // Without an encoding it hands out bytes, which its types do not know.
  pty.onData((data: unknown) => {
    if (Buffer.isBuffer(data)) receive(data);
  });
  process.on('exit', () => pty.kill('SIGKILL'));
  return { send: (keys) => pty.write(keys) };
}
