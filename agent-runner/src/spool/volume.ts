/** How hard a change must be on the disk before the call returns. */
export interface Durability {
  /** True: it outlives a power loss. */
  readonly durable: boolean;
}

/** A directory of append-only files: all that a spool asks of a disk. Synchronous, so order on disk is the order of the code (S2). */
export interface Volume {
  /** Every file with its size, bytes. */
  list(): ReadonlyMap<string, number>;
  /**
   * Adds `parts` at the end of a file, made when missing.
   * @throws VolumeFullError when there is no space; then the file is as it was.
   */
  append(name: string, parts: readonly Uint8Array[]): void;
  /** Up to `length` bytes at `offset`; fewer at the end of the file. The caller owns them. */
  read(name: string, offset: number, length: number): Uint8Array;
  /** The file holds exactly this, or after a fault what it held before. @throws VolumeFullError */
  replace(name: string, bytes: Uint8Array, how: Durability): void;
  remove(name: string, how: Durability): void;
  close(): void;
}

/** The disk takes no more. A local error: it never crosses the wire. */
export class VolumeFullError extends Error {
  constructor(cause?: unknown) {
    super('the disk is full', { cause });
    this.name = 'VolumeFullError';
  }
}
