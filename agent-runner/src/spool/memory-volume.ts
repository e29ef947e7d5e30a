import { joined } from './bytes.ts';
import { type Durability, type Volume, VolumeFullError } from './volume.ts';

/** A volume in memory: for tests and the simulator, which can also fill it up and cut its files. */
export class MemoryVolume implements Volume {
  readonly files = new Map<string, Uint8Array>();
  /** Bytes it holds at most. */
  capacity: number;

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.capacity = capacity;
  }

  list(): ReadonlyMap<string, number> {
    return new Map([...this.files].map(([name, bytes]) => [name, bytes.length]));
  }

  append(name: string, parts: readonly Uint8Array[]): void {
    this.#put(name, joined([this.files.get(name) ?? new Uint8Array(), ...parts]));
  }

  read(name: string, offset: number, length: number): Uint8Array {
    return (this.files.get(name) ?? new Uint8Array()).slice(offset, offset + length);
  }

  replace(name: string, bytes: Uint8Array, _how: Durability): void {
    this.#put(name, bytes.slice());
  }

  remove(name: string, _how: Durability): void {
    this.files.delete(name);
  }

  close(): void {}

  #put(name: string, bytes: Uint8Array): void {
    let used = bytes.length;
    for (const [other, held] of this.files) if (other !== name) used += held.length;
    if (used > this.capacity) throw new VolumeFullError();
    this.files.set(name, bytes);
  }
}
