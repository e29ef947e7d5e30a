import { spawnSync } from 'node:child_process';
import { Program } from './processes.ts';

/** From here on it takes no input unless told to. */
const READ_ONLY_SINCE = [1, 7, 4];
const READY_MS = 10_000;

/** `1.7.7`; null where it is not on the path. */
export function ttydVersion(): string | null {
  const { stdout, status } = spawnSync('ttyd', ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? null) : null;
}

function isReadOnly(version: string): boolean {
  const parts = version.split('.').map(Number);
  const at = READ_ONLY_SINCE.findIndex((least, index) => parts[index] !== least);
  return at === -1 || (parts[at] ?? 0) > (READ_ONLY_SINCE[at] ?? 0);
}

/** It starts the program once for every viewer. */
export async function startTtyd(version: string, program: readonly string[]) {
  const writable = isReadOnly(version) ? ['-W'] : [];
  const server = new Program('ttyd', 'ttyd', ['-p', '0', '-i', '127.0.0.1', ...writable, ...program]);
  const portIn = (line: string) => /Listening on port: (\d+)/.exec(line)?.[1] ?? null;
  const port = Number(await server.line(portIn, READY_MS));
  return { program: server, port };
}
