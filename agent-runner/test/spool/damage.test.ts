import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { MemoryVolume } from '../../src/spool/memory-volume.ts';
import { SpoolLog } from '../../src/spool/spool-log.ts';
import { VolumeFullError } from '../../src/spool/volume.ts';
import { epochOf, event, output, textsOf } from '../support/frames.ts';

const A = epochOf(1);
const ALL = 1_000_000;

function small(): { volume: MemoryVolume; name: string; lines: string[] } {
  const volume = new MemoryVolume();
  const spool = new SpoolLog(volume, 'boot');
  spool.startEpoch(A);
  spool.append(event(A, 1));
  spool.append(output(A, 2, 'b', 'c'));
  spool.append(output(A, 4, 'd'));
  const name = [...volume.files.keys()][0] ?? '';
  return { volume, name, lines: textsOf(spool.read({ epoch: A, sequence: 1 }, ALL).batches) };
}

test('[S1] a tail cut at any byte is found, and what is before it is whole', () => {
  const whole = small();
  const bytes = whole.volume.files.get(whole.name) ?? new Uint8Array();
  for (let cut = 0; cut < bytes.length; cut += 1) {
    const volume = new MemoryVolume();
    volume.files.set(whole.name, bytes.slice(0, cut));
    const spool = new SpoolLog(volume, 'boot');
    const lines = textsOf(spool.read({ epoch: A, sequence: 1 }, ALL).batches);
    expect(lines).toEqual(whole.lines.slice(0, lines.length));
    const clean = [0, 1, 3, 4].includes(lines.length) && new SpoolLog(volume, 'boot').found === 'intact';
    expect(spool.found).toBe(clean ? 'intact' : 'damaged-tail');
  }
});

test('[S1] any changed byte is detected, and no frame is read wrong', () => {
  const whole = small();
  const bytes = whole.volume.files.get(whole.name) ?? new Uint8Array();
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const volume = new MemoryVolume();
      const broken = bytes.slice();
      broken[at] = (broken[at] ?? 0) ^ flip;
      volume.files.set(whole.name, broken);
      const spool = new SpoolLog(volume, 'boot');
      const lines = textsOf(spool.read({ epoch: A, sequence: 1 }, ALL).batches);
      expect(spool.found).toBe('damaged-tail');
      expect(lines).toEqual(whole.lines.slice(0, lines.length));
    }),
  );
});

test('[S10] damage in the middle reads as a gap, and what is behind it is whole', () => {
  const volume = new MemoryVolume();
  const limits = { bytes: 10_000, eventBytes: 1_000, segmentBytes: 100, reserveBytes: 0 };
  const spool = new SpoolLog(volume, 'boot', limits);
  spool.startEpoch(A);
  for (let sequence = 1; sequence <= 9; sequence += 1) spool.append(output(A, sequence, `line ${sequence}`));
  const [, second] = [...volume.files.keys()];
  volume.files.get(second ?? '')?.fill(0);
  const lines = textsOf(new SpoolLog(volume, 'boot', limits).read({ epoch: A, sequence: 1 }, ALL).batches);
  expect(lines).toEqual(['1 out line 1', '2 out line 2', '3-4 gap 0', ...lines.slice(3)]);
  expect(lines.at(-1)).toBe('9 out line 9');
});

test('[S2] a full disk is an error, and the spool is as it was', () => {
  const volume = new MemoryVolume(400);
  const spool = new SpoolLog(volume, 'boot');
  spool.startEpoch(A);
  spool.append(output(A, 1, 'a'));
  expect(() => spool.append(output(A, 2, 'x'.repeat(400)))).toThrow(VolumeFullError);
  spool.append(output(A, 2, 'b'));
  expect(textsOf(spool.read({ epoch: A, sequence: 1 }, ALL).batches)).toEqual(['1 out a', '2 out b']);
});

test('[S2] on a full disk what the room has makes room for what it has not', () => {
  const volume = new MemoryVolume(700);
  const spool = new SpoolLog(volume, 'boot', {
    bytes: 10_000,
    eventBytes: 1_000,
    segmentBytes: 100,
    reserveBytes: 0,
  });
  spool.startEpoch(A);
  for (let sequence = 1; sequence <= 50; sequence += 1) {
    spool.append(output(A, sequence, 'x'.repeat(20)));
    spool.ack({ epoch: A, sequence: sequence - 1 });
  }
  expect(spool.epochs()[0]).toMatchObject({ last: 50 });
});

test('[S2] what is urgent has room on a full disk, in a file that may not grow too, and the room comes back', () => {
  const limits = { bytes: 10_000, eventBytes: 1_000, segmentBytes: 1_000, reserveBytes: 500 };
  const volume = new MemoryVolume();
  const spool = new SpoolLog(volume, 'boot', limits);
  spool.startEpoch(A);
  spool.append(output(A, 1, 'a'));
  const [name = ''] = [...volume.files.keys()].filter((one) => one.endsWith('.seg'));
  volume.capacity = 500 + (volume.files.get(name)?.length ?? 0);
  expect(() => spool.append(output(A, 2, 'b'))).toThrow(VolumeFullError);
  spool.append(output(A, 2, 'b'), { urgent: true });
  expect(spool.reserve()).toBe(false);
  volume.capacity = 10_000;
  expect(spool.reserve()).toBe(true);
  // As a bound on the size of files does.
  const append = volume.append.bind(volume);
  volume.append = (to, parts) => {
    if (to === name) throw new VolumeFullError();
    append(to, parts);
  };
  expect(() => spool.append(output(A, 3, 'c'))).toThrow(VolumeFullError);
  spool.append(output(A, 3, 'c'), { urgent: true });
  const again = new SpoolLog(volume, 'boot', limits);
  expect(textsOf(again.read({ epoch: A, sequence: 1 }, ALL).batches)).toEqual([
    '1 out a',
    '2 out b',
    '3 out c',
  ]);
  expect(again.reserve()).toBe(true);
});

test('[S1] an end that was known before more was written is not believed after a power loss', () => {
  const { volume, name } = small();
  new SpoolLog(volume, 'boot').close();
  const closed = volume.files.get(name) ?? new Uint8Array();
  new SpoolLog(volume, 'boot').append(output(A, 5, 'told, then lost'));
  volume.files.set(name, closed);
  expect(new SpoolLog(volume, 'other').epochs()).toEqual([{ epoch: A, first: 1, last: 4, complete: false }]);
});
