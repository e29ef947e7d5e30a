import { type Volume, VolumeFullError } from '../../agent-runner/src/spool/volume.ts';

/** A disk whose files grow in place; it can be filled up, and lose the end of its newest file. */
export class Disk implements Volume {
  capacity = Number.POSITIVE_INFINITY;
  used = 0;
  private readonly files = new Map<string, { bytes: Uint8Array; size: number }>();

  list(): ReadonlyMap<string, number> {
    return new Map([...this.files].map(([name, { size }]) => [name, size]));
  }

  append(name: string, parts: readonly Uint8Array[]): void {
    const added = parts.reduce((sum, part) => sum + part.length, 0);
    if (this.used + added > this.capacity) throw new VolumeFullError();
    const file = this.files.get(name) ?? { bytes: new Uint8Array(4_096), size: 0 };
    if (file.size + added > file.bytes.length) {
      const bytes = new Uint8Array(2 * (file.size + added));
      bytes.set(file.bytes.subarray(0, file.size));
      file.bytes = bytes;
    }
    for (const part of parts) {
      file.bytes.set(part, file.size);
      file.size += part.length;
    }
    this.used += added;
    this.files.set(name, file);
  }

  read(name: string, offset: number, length: number): Uint8Array {
    const file = this.files.get(name);
    return file === undefined
      ? new Uint8Array()
      : file.bytes.slice(offset, Math.min(offset + length, file.size));
  }

  replace(name: string, bytes: Uint8Array): void {
    const before = this.files.get(name)?.size ?? 0;
    if (this.used - before + bytes.length > this.capacity) throw new VolumeFullError();
    this.used += bytes.length - before;
    this.files.set(name, { bytes: bytes.slice(), size: bytes.length });
  }

  remove(name: string): void {
    this.used -= this.files.get(name)?.size ?? 0;
    this.files.delete(name);
  }

  close(): void {}

  /** The end of the newest segment is gone. */
  loseEnd(bytes: number): void {
    const file = this.files.get(this.newest() ?? '');
    if (file === undefined) return;
    const lost = Math.min(bytes, file.size);
    file.size -= lost;
    this.used -= lost;
  }

  /** A write that was cut short by a kill: a record's beginning stands at the end of the newest segment. */
  tearWrite(bytes: number): void {
    const name = this.newest();
    if (name === undefined) return;
    const torn = new Uint8Array(bytes);
    torn[2] = 1;
    this.append(name, [torn]);
  }

  private newest(): string | undefined {
    return [...this.files.keys()].findLast((name) => name.endsWith('.seg'));
  }
}
