import { AgentUidSchema, type StreamEvent, type ToKeeperMessage } from '@muster/protocol';
import { expect, test } from 'vitest';
import { KeeperStream, type RoomMessage, type StreamInput } from '../../../src/keeper/stream/stream.ts';
import { MemoryVolume } from '../../../src/spool/memory-volume.ts';
import { SpoolLog } from '../../../src/spool/spool-log.ts';
import { bytesOf, epochOf } from '../../support/frames.ts';
import { RoomModel } from '../../support/room-model.ts';

const IDENTITY = {
  agentUid: AgentUidSchema.parse('00000000-0000-4000-8000-000000000001'),
  generation: 1,
  version: 'test',
  batchVersions: [1],
};
const STARTED: StreamEvent = { type: 'program:status', status: 'running', pid: 1 };

/** A keeper on this volume under this boot, and a way to bring a room up to date with it. */
function keeper(volume: MemoryVolume, boot: number) {
  const spool = new SpoolLog(volume, `boot ${boot}`);
  const stream = new KeeperStream(spool, IDENTITY, () => epochOf(boot), 0);
  const feed = (input: StreamInput, now: number) => stream.handle(input, now);
  const deliver = (room: RoomModel, frames = Number.POSITIVE_INFINITY) => {
    let left = frames;
    const answers: ToKeeperMessage[] = [];
    const run = (input: StreamInput): void => {
      for (const effect of feed(input, 5_000)) {
        if (effect.type === 'text') answers.push(...room.receive(effect.message));
        if (effect.type === 'batch' && left-- > 0) answers.push(...room.take(effect.bytes));
      }
    };
    run({ type: 'link-up' });
    for (let next = answers.shift(); next !== undefined; next = answers.shift()) {
      run({ type: 'room', message: roomMessage(next) });
    }
    run({ type: 'link-down' });
  };
  return { feed, deliver };
}

function roomMessage(message: ToKeeperMessage): RoomMessage {
  if (message.type === 'room:welcome' || message.type === 'stream:ack' || message.type === 'stream:resend') {
    return message;
  }
  throw new Error(`a room says no ${message.type} here`);
}

test('[S1] battery 23: a spool cut at any byte under another boot, for a room that had any part of it', () => {
  const whole = new MemoryVolume();
  const before = keeper(whole, 1);
  before.feed({ type: 'event', event: STARTED }, 10);
  for (const [index, text] of ['one', 'two ä', 'three', 'four'].entries()) {
    before.feed({ type: 'output', stream: 0, data: bytesOf(text) }, 100 * (index + 1));
  }
  const [name = '', bytes = new Uint8Array()] = [...whole.files][0] ?? [];
  const truth = new RoomModel();
  before.deliver(truth);
  const told = truth.epochs[0]?.frames ?? new Map<number, string>();
  expect(told.size).toBe(6);
  let cases = 0;
  for (let had = 0; had <= 6; had += 1) {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const room = new RoomModel();
      keeper(copyOf(name, bytes), 1).deliver(room, had);
      const volume = copyOf(name, bytes.slice(0, cut));
      const after = keeper(volume, 2);
      after.feed({ type: 'event', event: STARTED }, 1_000);
      after.deliver(room);
      check(room, told, had);
      cases += 1;
    }
  }
  process.stdout.write(`battery 23: ${cases} cuts\n`);
});

function copyOf(name: string, bytes: Uint8Array): MemoryVolume {
  const volume = new MemoryVolume();
  volume.files.set(name, bytes.slice());
  return volume;
}

/** The old epoch's frames are as they were told, its lost end is marked, and the new epoch is whole. */
function check(room: RoomModel, told: ReadonlyMap<number, string>, had: number): void {
  const old = room.epochs.find(({ epoch }) => epoch === epochOf(1));
  for (const [sequence, line] of old?.frames ?? []) expect(line).toBe(told.get(sequence));
  expect(old?.gaps ?? []).toEqual([]);
  expect(old?.frames.size ?? 0).toBeGreaterThanOrEqual(had);
  if (old !== undefined) expect(old.endLost).toBe(true);
  expect(room.current?.epoch).toBe(epochOf(2));
  expect(
    [...(room.current?.frames.values() ?? [])].map((line) => JSON.parse(line.slice('event 0 '.length)).type),
  ).toEqual(['epoch:open', 'program:status']);
}
