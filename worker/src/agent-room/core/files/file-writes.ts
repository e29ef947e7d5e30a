import type { FileCommit, FileRecord } from './file-record.ts';

/** What one event changes of the files: in memory at once, on disk with the event's transaction. */
export class FileWrites {
  private readonly files: Map<string, FileRecord>;
  private readonly written = new Map<string, FileCommit['files'][number]>();
  private readonly dropped = new Set<string>();

  constructor(room: { readonly files: Map<string, FileRecord> }) {
    this.files = room.files;
  }

  add(record: FileRecord, data: Uint8Array): void {
    this.files.set(record.fileId, record);
    this.written.set(record.fileId, { record, data });
  }

  change(record: FileRecord): void {
    this.files.set(record.fileId, record);
    this.written.set(record.fileId, { ...this.written.get(record.fileId), record });
  }

  drop(fileId: string): void {
    this.files.delete(fileId);
    this.written.delete(fileId);
    this.dropped.add(fileId);
  }

  /** All of a conversation. */
  dropOf(conversationId: string): void {
    for (const record of [...this.files.values()])
      if (record.conversationId === conversationId) this.drop(record.fileId);
  }

  get storesAnything(): boolean {
    return this.written.size > 0 || this.dropped.size > 0;
  }

  commit(): { readonly files?: FileCommit } {
    if (!this.storesAnything) return {};
    return { files: { files: [...this.written.values()], dropped: [...this.dropped] } };
  }
}
