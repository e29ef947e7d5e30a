import type { Epoch } from '@muster/protocol';
import type { Spool, SpoolLimits } from '../../agent-runner/src/spool/spool.ts';
import { SpoolLog } from '../../agent-runner/src/spool/spool-log.ts';
import type { Disk } from './disk.ts';
import { JournalDisk } from './journal-disk.ts';
import type { Truth } from './truth.ts';

/** What of a keeper outlives it: its spool and its journal. */
export class KeeperDisk {
  readonly journal: JournalDisk;
  private readonly disk: Disk;
  private readonly truth: Truth;
  private readonly limits: SpoolLimits;
  private boot = 1;
  /** S2: the last number of each epoch that is on the disk. */
  private readonly written = new Map<Epoch, number>();

  constructor(disk: Disk, truth: Truth, limits: SpoolLimits) {
    this.journal = new JournalDisk(disk);
    this.disk = disk;
    this.truth = truth;
    this.limits = limits;
  }

  open(): Spool {
    const spool = new SpoolLog(this.disk, `boot ${this.boot}`, this.limits);
    const append = spool.append.bind(spool);
    spool.append = (batch, how) => {
      append(batch, how);
      this.truth.append(batch);
      const range = spool.epochs().at(-1);
      if (range !== undefined) this.written.set(range.epoch, range.last);
    };
    return spool;
  }

  wrote(epoch: Epoch, sequence: number): boolean {
    return (this.written.get(epoch) ?? 0) >= sequence;
  }

  /** A write that was cut short, by so many bytes, when its keeper died. */
  tear(torn: number, journal: 'kept' | 'torn' | 'lost'): void {
    if (torn > 0) this.disk.tearWrite(torn);
    if (journal === 'torn') this.journal.tear();
    if (journal === 'lost') this.journal.lose();
  }

  /** The end of the newest file is gone, and the boot id is another. */
  losePower(bytes: number): void {
    this.disk.loseEnd(bytes);
    this.boot += 1;
  }
}
