import type { JournalFile } from '../../agent-runner/src/keeper/commands/journal.ts';
import { VolumeFullError } from '../../agent-runner/src/spool/volume.ts';
import type { Disk } from './disk.ts';

/** The file of a keeper's journal (Q5), beside its spool: what was appended is flushed, so only an unfinished line tears. */
export class JournalDisk implements JournalFile {
  private text: string | null = null;
  private readonly disk: Disk;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  read(): string | null {
    return this.text;
  }

  append(text: string): void {
    this.put((this.text ?? '') + text);
  }

  replace(text: string): void {
    this.put(text);
  }

  /** A kill in the midst of a line. */
  tear(): void {
    if (this.text !== null) this.text += '{"commandId":"a.to';
  }

  lose(): void {
    this.text = null;
  }

  private put(text: string): void {
    const more = text.length - (this.text?.length ?? 0);
    if (this.disk.used + more > this.disk.capacity) throw new VolumeFullError();
    this.disk.used += more;
    this.text = text;
  }
}
