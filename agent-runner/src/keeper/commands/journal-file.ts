import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { JournalFile } from './journal.ts';

const OWNER_ONLY = 0o600;

/** A file of lines that are on the disk when the call returns. */
export function journalFile(path: string): JournalFile {
  return {
    read: () => textOf(path),
    append: (text) => write(path, 'a', text),
    replace: (text) => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.tmp`;
      write(temporary, 'w', text);
      renameSync(temporary, path);
    },
  };
}

/** A half-written line is removed: the next line would be read as part of it. */
function write(path: string, flags: string, text: string): void {
  const fd = openSync(path, flags, OWNER_ONLY);
  try {
    const before = fstatSync(fd).size;
    try {
      writeSync(fd, text);
      fsyncSync(fd);
    } catch (error) {
      ftruncateSync(fd, before);
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
