import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskVolume } from '../../src/spool/disk-volume.ts';
import { SpoolLog } from '../../src/spool/spool-log.ts';
import { VolumeFullError } from '../../src/spool/volume.ts';
import { epochOf, output } from '../support/frames.ts';

/** Linux's device that is always full stands in for a disk that is. */
const FULL = '/dev/full';
const bytes = new Uint8Array([1, 2, 3]);
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-full-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('[S2] a disk without space is reported as such', () => {
  const volume = new DiskVolume(directory);
  symlinkSync(FULL, join(directory, 'segment'));
  expect(() => volume.append('segment', [bytes])).toThrow(VolumeFullError);
});

test('[S10] a file that cannot be replaced stays as it was', () => {
  const volume = new DiskVolume(directory);
  volume.append('segment', [bytes]);
  symlinkSync(FULL, join(directory, 'segment.tmp'));
  expect(() => volume.replace('segment', new Uint8Array(9), { durable: false })).toThrow(VolumeFullError);
  expect([...readFileSync(join(directory, 'segment'))]).toEqual([1, 2, 3]);
  volume.append('segment', [bytes]);
  expect(volume.list().get('segment')).toBe(6);
});

test('[S1] a segment that could not be begun leaves nothing that gives its numbers again', () => {
  class OldIsFull extends DiskVolume {
    full = '';
    override append(name: string, parts: readonly Uint8Array[]): void {
      if (name === this.full) throw new VolumeFullError();
      super.append(name, parts);
    }
  }
  const A = epochOf(1);
  const limits = { bytes: 10_000, eventBytes: 1_000, segmentBytes: 1_000, reserveBytes: 0 };
  const volume = new OldIsFull(directory);
  const spool = new SpoolLog(volume, 'boot', limits);
  spool.startEpoch(A);
  spool.append(output(A, 1, 'a'));
  const [name = ''] = [...volume.list().keys()];
  volume.full = name;
  symlinkSync(FULL, join(directory, name.replace('1.seg', '2.seg')));
  expect(() => spool.append(output(A, 2, 'b'), { urgent: true })).toThrow(VolumeFullError);
  volume.full = '';
  spool.append(output(A, 2, 'b'));
  expect(new SpoolLog(new DiskVolume(directory), 'boot', limits).epochs()).toMatchObject([{ last: 2 }]);
});
