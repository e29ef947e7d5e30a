import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskVolume } from '../../src/spool/disk-volume.ts';
import { VolumeFullError } from '../../src/spool/volume.ts';

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
