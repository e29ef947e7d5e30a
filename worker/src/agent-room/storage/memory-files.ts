import type { FileCommit, FileRecord } from '../core/files/index.ts';

/** The twin of `SqliteFiles`. */
export class MemoryFiles {
  readonly #records = new Map<string, FileRecord>();
  readonly #data = new Map<string, Uint8Array>();

  load(): FileRecord[] {
    return structuredClone([...this.#records.values()]);
  }

  read(fileId: string, offset: number, length: number): Uint8Array {
    const data = this.#data.get(fileId);
    if (data === undefined || offset >= data.length) throw new Error(`file ${fileId} is not stored`);
    return data.slice(offset, offset + length);
  }

  commit({ files, dropped }: FileCommit): void {
    for (const id of dropped) {
      this.#records.delete(id);
      this.#data.delete(id);
    }
    for (const { record, data } of files) {
      this.#records.set(record.fileId, structuredClone(record));
      if (data !== undefined) this.#data.set(record.fileId, data.slice());
    }
  }

  clear(): void {
    this.#records.clear();
    this.#data.clear();
  }
}
