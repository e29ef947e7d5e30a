import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { DiskVolume } from '../../src/spool/disk-volume.ts';
import { MemoryVolume } from '../../src/spool/memory-volume.ts';
import { RECORD_HEADER_BYTES } from '../../src/spool/record.ts';
import { SPOOL_LIMITS } from '../../src/spool/spool.ts';
import { SpoolLog } from '../../src/spool/spool-log.ts';
import type { Volume } from '../../src/spool/volume.ts';
import { epochOf, event, output, textsOf } from '../support/frames.ts';

const A = epochOf(1);
const B = epochOf(2);
const ALL = 1_000_000;
const SMALL = { bytes: 2_000, eventBytes: 1_000, segmentBytes: 400, reserveBytes: 0 };

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** Each gives a way to open the same volume again, as a new process would. */
const volumes: Record<string, () => () => Volume> = {
  'on disk': () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-spool-'));
    directories.push(directory);
    return () => new DiskVolume(directory);
  },
  'in memory': () => {
    const volume = new MemoryVolume();
    return () => volume;
  },
};

describe.each(Object.entries(volumes))('a spool %s', (_name, make) => {
  test('is empty at first', () => {
    const spool = new SpoolLog(make()(), 'boot');
    expect(spool.found).toBe('nothing');
    expect(spool.epochs()).toEqual([]);
    expect(spool.read({ epoch: A, sequence: 1 }, ALL)).toEqual({ batches: [], next: 1 });
  });

  test('[S2] gives back what was appended, from any frame on', () => {
    const spool = new SpoolLog(make()(), 'boot');
    spool.startEpoch(A);
    spool.append(event(A, 1));
    spool.append(output(A, 2, 'b', 'c', 'd'));
    spool.append(output(A, 5, 'e'));
    expect(spool.epochs()).toEqual([{ epoch: A, first: 1, last: 5, complete: true }]);
    const all = ['1 status running', '2 out b', '3 out c', '4 out d', '5 out e'];
    for (let from = 1; from <= 6; from += 1) {
      expect(textsOf(spool.read({ epoch: A, sequence: from }, ALL).batches)).toEqual(all.slice(from - 1));
    }
  });

  test('[S2] is read on in pieces of bounded size, also while it grows', () => {
    const spool = new SpoolLog(make()(), 'boot', SMALL);
    spool.startEpoch(A);
    const seen: string[] = [];
    let next = 1;
    for (let sequence = 1; sequence <= 12; sequence += 1) {
      spool.append(output(A, sequence, `line ${sequence}`));
      if (sequence % 3 !== 0) continue;
      const piece = spool.read({ epoch: A, sequence: next }, 100);
      expect(piece.batches.length).toBeLessThanOrEqual(2);
      seen.push(...textsOf(piece.batches));
      next = piece.next;
    }
    seen.push(...textsOf(spool.read({ epoch: A, sequence: next }, ALL).batches));
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1} out line ${i + 1}`));
  });

  test('[S2] a reader that follows the writer reads each frame once from the volume, not the bytes before it', () => {
    const volume = make()();
    let bytesRead = 0;
    const counting: Volume = {
      list: () => volume.list(),
      append: (name, parts) => volume.append(name, parts),
      read: (name, offset, length) => {
        const bytes = volume.read(name, offset, length);
        bytesRead += bytes.length;
        return bytes;
      },
      replace: (name, bytes, how) => volume.replace(name, bytes, how),
      remove: (name, how) => volume.remove(name, how),
      close: () => volume.close(),
    };
    const spool = new SpoolLog(counting, 'boot', { ...SMALL, bytes: 100_000 });
    spool.startEpoch(A);
    let written = 0;
    for (let sequence = 1; sequence <= 100; sequence += 1) {
      const batch = output(A, sequence, `line ${sequence}`);
      written += batch.length + RECORD_HEADER_BYTES;
      spool.append(batch);
      const piece = spool.read({ epoch: A, sequence }, ALL);
      expect(textsOf(piece.batches)).toEqual([`${sequence} out line ${sequence}`]);
    }
    expect(bytesRead).toBe(written);
  });

  test('[S1] goes on numbering when it is opened again under the same boot', () => {
    const open = make();
    const first = new SpoolLog(open(), 'boot');
    first.startEpoch(A);
    first.append(output(A, 1, 'a'));
    const second = new SpoolLog(open(), 'boot');
    expect(second.found).toBe('intact');
    second.append(output(A, 2, 'b'));
    expect(textsOf(second.read({ epoch: A, sequence: 1 }, ALL).batches)).toEqual(['1 out a', '2 out b']);
  });

  test('[S1] reports another boot: the end is known only after a clean close', () => {
    const open = make();
    const first = new SpoolLog(open(), 'boot');
    first.startEpoch(A);
    first.append(output(A, 1, 'a'));
    const crashed = new SpoolLog(open(), 'other');
    expect(crashed.found).toBe('other-boot');
    expect(crashed.epochs()).toEqual([{ epoch: A, first: 1, last: 1, complete: false }]);
    new SpoolLog(open(), 'boot').close();
    expect(new SpoolLog(open(), 'other').epochs()).toEqual([{ epoch: A, first: 1, last: 1, complete: true }]);
  });

  test('[S1] forgets a known end before it numbers on', () => {
    const open = make();
    const first = new SpoolLog(open(), 'boot');
    first.startEpoch(A);
    first.append(output(A, 1, 'a'));
    first.close();
    const second = new SpoolLog(open(), 'boot');
    second.append(output(A, 2, 'b'));
    expect(new SpoolLog(open(), 'other').epochs()[0]).toMatchObject({ last: 2, complete: false });
  });

  test('[S1] keeps the old epoch beside the new one', () => {
    const open = make();
    const spool = new SpoolLog(open(), 'boot');
    spool.startEpoch(A);
    spool.append(output(A, 1, 'a'));
    spool.startEpoch(B);
    spool.append(event(B, 1));
    const again = new SpoolLog(open(), 'boot');
    expect(again.epochs().map(({ epoch, last }) => [epoch, last])).toEqual([
      [A, 1],
      [B, 1],
    ]);
    expect(textsOf(again.read({ epoch: A, sequence: 1 }, ALL).batches)).toEqual(['1 out a']);
  });

  test('refuses a batch that leaves a hole or belongs to another epoch', () => {
    const spool = new SpoolLog(make()(), 'boot');
    spool.startEpoch(A);
    expect(() => spool.append(output(A, 2, 'b'))).toThrow(RangeError);
    expect(() => spool.append(output(B, 1, 'b'))).toThrow(RangeError);
  });

  test('[S2] drops the oldest acked segments first, and only at its limit', () => {
    const spool = new SpoolLog(make()(), 'boot', SMALL);
    spool.startEpoch(A);
    for (let sequence = 1; sequence <= 40; sequence += 1) {
      spool.append(output(A, sequence, 'x'.repeat(40)));
      spool.ack({ epoch: A, sequence });
    }
    const { first, last } = spool.epochs()[0] ?? { first: 0, last: 0 };
    expect(last).toBe(40);
    expect(first).toBeGreaterThan(15);
    expect(first).toBeLessThan(30);
    expect(textsOf(spool.read({ epoch: A, sequence: 3 }, ALL).batches)[0]).toBe(`3-${first - 1} gap 0`);
  });

  test('[S10] an ack frees what it covers, and nothing behind it', () => {
    const spool = new SpoolLog(make()(), 'boot', SMALL);
    spool.startEpoch(A);
    for (let sequence = 1; sequence <= 60; sequence += 1) {
      spool.append(sequence % 12 === 0 ? event(A, sequence) : output(A, sequence, 'x'.repeat(40)));
      if (sequence === 14) spool.ack({ epoch: A, sequence });
    }
    const lines = textsOf(spool.read({ epoch: A, sequence: 1 }, ALL).batches);
    const events = lines.filter((line) => line.endsWith('running'));
    expect(events).toEqual([
      '24 status running',
      '36 status running',
      '48 status running',
      '60 status running',
    ]);
    expect(lines[0]).toMatch(/^1-\d+ gap/);
  });

  test('[S10] drops only output that is not acked, as one gap a run, and keeps events', () => {
    const open = make();
    const spool = new SpoolLog(open(), 'boot', SMALL);
    spool.startEpoch(A);
    for (let sequence = 1; sequence <= 60; sequence += 1) {
      spool.append(sequence === 7 ? event(A, 7) : output(A, sequence, 'x'.repeat(40)));
    }
    for (const each of [spool, new SpoolLog(open(), 'boot', SMALL)]) {
      const lines = textsOf(each.read({ epoch: A, sequence: 1 }, ALL).batches);
      expect(lines.slice(0, 2)).toEqual([`1-6 gap ${6 * 40}`, '7 status running']);
      const gap = /^8-(\d+) gap (\d+)$/.exec(lines[2] ?? '');
      expect(Number(gap?.[2])).toBe((Number(gap?.[1]) - 7) * 40);
      expect(lines.slice(3)).toEqual(
        Array.from(
          { length: 60 - Number(gap?.[1]) },
          (_, i) => `${Number(gap?.[1]) + 1 + i} out ${'x'.repeat(40)}`,
        ),
      );
      expect(textsOf(each.read({ epoch: A, sequence: 10 }, ALL).batches)[0]).toMatch(/^10-\d+ gap/);
    }
  });

  test('[S10] keeps its size: whole segments to their limit, events to theirs', () => {
    const open = make();
    const volume = open();
    const spool = new SpoolLog(volume, 'boot', SMALL);
    spool.startEpoch(A);
    for (let sequence = 1; sequence <= 400; sequence += 1) {
      spool.append(sequence % 4 === 0 ? event(A, sequence) : output(A, sequence, 'x'.repeat(40)));
    }
    const size = [...volume.list().values()].reduce((sum, bytes) => sum + bytes, 0);
    expect(size).toBeLessThan(SMALL.bytes + SMALL.eventBytes + 3 * SMALL.segmentBytes);
    const lines = textsOf(spool.read({ epoch: A, sequence: 1 }, ALL).batches);
    expect(lines.at(-1)).toBe('400 status running');
    expect(lines[0]).toMatch(/^1-\d+ gap/);
  });

  test('limits are 256 MiB of output and 16 MiB of events by default', () => {
    expect(SPOOL_LIMITS).toMatchObject({ bytes: 268_435_456, eventBytes: 16_777_216 });
  });
});
