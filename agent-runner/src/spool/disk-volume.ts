import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { join } from 'node:path';
import { joined } from './bytes.ts';
import { type Durability, type Volume, VolumeFullError } from './volume.ts';

interface Opened {
  readonly name: string;
  readonly fd: number;
}

const TEMPORARY = '.tmp';
/** Errors that mean: no space, now. The last is a bound on the size of files, which may be raised. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A volume in a directory, which it makes (mode 0700, files 0600). One file is kept open to append to and one to read. */
export class DiskVolume implements Volume {
  readonly #directory: string;
  #writing: (Opened & { size: number }) | null = null;
  #reading: Opened | null = null;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  list(): ReadonlyMap<string, number> {
    const files = new Map<string, number>();
    for (const name of readdirSync(this.#directory)) {
      if (name.endsWith(TEMPORARY)) rmSync(this.#path(name));
      else files.set(name, statSync(this.#path(name)).size);
    }
    return files;
  }

  append(name: string, parts: readonly Uint8Array[]): void {
    const file = this.#openToWrite(name);
    try {
      file.size += writeAll(file.fd, parts);
    } catch (error) {
      // What was half written must not stand at the tail: it would look like a torn one (S1).
      if (fstatSync(file.fd).size > file.size) ftruncateSync(file.fd, file.size);
      // Nor may a file that this made: an empty segment says that no number from its first on was given.
      if (file.size === 0) this.remove(name, { durable: false });
      throw translated(error);
    }
  }

  read(name: string, offset: number, length: number): Uint8Array {
    if (this.#reading?.name !== name) {
      this.#forget(this.#reading);
      this.#reading = { name, fd: openSync(this.#path(name), 'r') };
    }
    const { fd } = this.#reading;
    const wanted = Math.max(0, Math.min(length, fstatSync(fd).size - offset));
    const bytes = new Uint8Array(wanted);
    let at = 0;
    while (at < wanted) {
      const got = readSync(fd, bytes, at, wanted - at, offset + at);
      if (got === 0) return bytes.subarray(0, at);
      at += got;
    }
    return bytes;
  }

  replace(name: string, bytes: Uint8Array, how: Durability): void {
    this.#closeFile(name);
    const temporary = this.#path(name + TEMPORARY);
    try {
      const fd = openSync(temporary, 'w', 0o600);
      try {
        writeAll(fd, [bytes]);
        if (how.durable) fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, this.#path(name));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw translated(error);
    }
    if (how.durable) this.#syncNames();
  }

  remove(name: string, how: Durability): void {
    this.#closeFile(name);
    rmSync(this.#path(name), { force: true });
    if (how.durable) this.#syncNames();
  }

  close(): void {
    this.#forget(this.#writing);
    this.#forget(this.#reading);
    this.#writing = null;
    this.#reading = null;
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #openToWrite(name: string): Opened & { size: number } {
    if (this.#writing?.name === name) return this.#writing;
    this.#forget(this.#writing);
    this.#writing = null;
    try {
      const fd = openSync(this.#path(name), 'a', 0o600);
      this.#writing = { name, fd, size: fstatSync(fd).size };
      return this.#writing;
    } catch (error) {
      throw translated(error);
    }
  }

  #closeFile(name: string): void {
    if (this.#writing?.name === name) {
      this.#forget(this.#writing);
      this.#writing = null;
    }
    if (this.#reading?.name === name) {
      this.#forget(this.#reading);
      this.#reading = null;
    }
  }

  #forget(file: Opened | null): void {
    if (file !== null) closeSync(file.fd);
  }

  #syncNames(): void {
    const fd = openSync(this.#directory, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** Writes every byte, also where the system takes only some at a time. Returns how many. */
function writeAll(fd: number, parts: readonly Uint8Array[]): number {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  let at = writevSync(fd, [...parts]);
  if (at === total) return total;
  const rest = joined(parts);
  while (at < total) at += writeSync(fd, rest, at, total - at);
  return total;
}

function translated(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && FULL.has(code) ? new VolumeFullError(error) : error;
}
