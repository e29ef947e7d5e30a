import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A disk of its own, of so many bytes: a tmpfs, which only root may mount. Use with `using`. */
export class SmallDisk implements Disposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Null where this user or container may not mount. */
  static mount(bytes: number): SmallDisk | null {
    const path = mkdtempSync(join(tmpdir(), 'muster-disk-'));
    try {
      const options = `size=${bytes},mode=700`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
      return new SmallDisk(path);
    } catch {
      rmdirSync(path);
      return null;
    }
  }

  /** Files written under `path`, which must not exist yet, lie on it. */
  at(path: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    symlinkSync(this.#path, path);
  }

  get free(): number {
    const { bavail, bsize } = statfsSync(this.#path);
    return bavail * bsize;
  }

  /** Somebody else writes until nothing is left. */
  fill(): void {
    for (let size = this.free; size > 0; size = Math.min(this.free, size - 1)) {
      try {
        writeFileSync(join(this.#path, 'filler'), Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        // Another writer was quicker.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
  }

  empty(): void {
    rmSync(join(this.#path, 'filler'), { force: true });
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.#path]);
    rmdirSync(this.#path);
  }
}
