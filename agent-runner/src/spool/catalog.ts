import { type Epoch, EpochSchema } from '@muster/protocol';
import { recordsIn } from './record.ts';
import type { Found } from './spool.ts';
import type { Volume } from './volume.ts';

/** One file of records: the frames `first` … `last` of its epoch, as far as they are kept. */
export interface Segment {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** Its output was dropped (S10): only events and gaps are left. */
  readonly remnant: boolean;
}

/** One epoch on the volume. */
export interface EpochLog {
  readonly ordinal: number;
  readonly epoch: Epoch;
  readonly boot: string;
  segments: Segment[];
  /** The highest number known to have been given, 0 before the first. */
  last: number;
  complete: boolean;
}

const SEGMENT = /^(\d{8})-([0-9a-f]{16})-([0-9a-f]{16})-(\d{16})\.seg$/;
const END = /^(\d{8})-([0-9a-f]{16})-([0-9a-f]{16})\.end$/;
const pad = (value: number, width: number) => String(value).padStart(width, '0');

type Named = Pick<EpochLog, 'ordinal' | 'epoch' | 'boot'>;
const stem = (log: Named) => `${pad(log.ordinal, 8)}-${log.epoch}-${log.boot}`;

/** The name carries all that is needed to find a segment again, so no index can go stale. */
export const segmentName = (log: Named, first: number) => `${stem(log)}-${pad(first, 16)}.seg`;
export const endName = (log: Named) => `${stem(log)}.end`;

/** Every epoch on the volume, oldest first, and whether the newest may be numbered on (S1). */
export function readCatalog(volume: Volume, boot: string): { epochs: EpochLog[]; found: Found } {
  const epochs = new Map<number, EpochLog>();
  const ends = new Map<number, string>();
  for (const [name, bytes] of [...volume.list()].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const end = END.exec(name);
    if (end !== null) ends.set(Number(end[1]), name);
    const segment = SEGMENT.exec(name);
    if (segment !== null) addSegment(epochs, segment, { name, bytes });
  }
  const logs = [...epochs.values()];
  let intact = true;
  for (const log of logs) {
    intact = measure(volume, log) === 'end';
    log.complete = closeAt(volume, log, ends.get(log.ordinal));
  }
  const newest = logs.at(-1);
  if (newest === undefined) return { epochs: logs, found: 'nothing' };
  if (newest.boot !== boot) return { epochs: logs, found: 'other-boot' };
  if (!intact) return { epochs: logs, found: 'damaged-tail' };
  // It will be numbered on, so what said where it ended must go, for good, before the next frame.
  if (ends.has(newest.ordinal)) volume.remove(endName(newest), { durable: true });
  newest.complete = true;
  return { epochs: logs, found: 'intact' };
}

function addSegment(
  epochs: Map<number, EpochLog>,
  match: RegExpExecArray,
  file: { readonly name: string; readonly bytes: number },
): void {
  const ordinal = Number(match[1]);
  const epoch = EpochSchema.parse(match[2]);
  const log = epochs.get(ordinal) ?? {
    ordinal,
    epoch,
    boot: match[3] ?? '',
    segments: [],
    last: 0,
    complete: false,
  };
  epochs.set(ordinal, log);
  const first = Number(match[4]);
  const before = log.segments.pop();
  if (before !== undefined) log.segments.push({ ...before, last: first - 1 });
  log.segments.push({ ...file, first, last: first - 1, remnant: false });
}

/** Reads the last segment of an epoch to its end; the others end where the next begins. */
function measure(volume: Volume, log: EpochLog): 'end' | 'damaged' {
  const tail = log.segments.pop();
  if (tail === undefined) return 'end';
  let last = tail.first - 1;
  const records = recordsIn((offset, length) => volume.read(tail.name, offset, length));
  let step = records.next();
  while (step.done !== true) {
    last = Math.max(last, step.value.header.last);
    step = records.next();
  }
  log.segments.push({ ...tail, last });
  log.last = last;
  return step.value;
}

/** True when the epoch's end is known: it was closed cleanly. Frames that the disk then lost show as a gap up to it. */
function closeAt(volume: Volume, log: EpochLog, name: string | undefined): boolean {
  if (name === undefined) return false;
  const text = new TextDecoder().decode(volume.read(name, 0, 32));
  const last = /^\d{1,16}$/.test(text) ? Number(text) : -1;
  if (last < log.last) return false;
  log.last = last;
  return true;
}
