import { type BatchHeader, decodeStreamEvents, type Epoch, type StreamEvent } from '@muster/protocol';
import { respondPartially } from '../conversations/index.ts';
import { announceEpoch, feed, forwardLive, handleFetched } from '../flow/index.ts';
import { ROOM_LIMITS } from '../limits.ts';
import { pruneKeyframes, retentionContextOf } from '../recording/index.ts';
import { recordActivity } from '../reporting/index.ts';
import { storeTail } from '../stream/index.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { applyEvent } from './events.ts';

/** S3, S4, S4a: one batch from the keeper whose socket is the room's. `bytes` are exactly the batch. */
export function handleBatch(
  work: UnitOfWork,
  durable: Durable,
  header: BatchHeader,
  bytes: Uint8Array,
): void {
  const { room } = work;
  if (header.fetched) {
    for (const viewer of handleFetched(work, header, bytes)) feed(work, viewer);
    return;
  }
  if (header.epoch !== durable.epoch) return openEpoch(work, durable, header, bytes);
  if (header.last < room.next) return;
  if (header.first > room.next) return requestResend(work, header.epoch, room.next);
  append(work, durable, header, bytes, false);
}

/** S3: asks once per socket, until that number arrives. */
function requestResend(work: UnitOfWork, epoch: Epoch, from: number): void {
  const { keeper } = work.room;
  if (keeper === null) return;
  if (keeper.resend?.epoch === epoch && keeper.resend.from === from) return;
  keeper.resend = { epoch, from };
  work.afterCommit.push({
    type: 'send-to-keeper',
    keeper: keeper.connection,
    message: { type: 'stream:resend', payload: { epoch, from } },
  });
}

/** S1: a batch in another numbering opens it, when it is its first and what came before it is here. */
function openEpoch(work: UnitOfWork, durable: Durable, header: BatchHeader, bytes: Uint8Array): void {
  const { room } = work;
  if (durable.past.some(({ epoch }) => epoch === header.epoch)) return;
  if (header.first !== 1) {
    if (!awaitsRest(work, durable)) requestResend(work, header.epoch, 1);
    return;
  }
  const previous = openedAfter(header, bytes);
  const missing = missingBefore(work, durable, previous);
  if (missing !== null) return requestResend(work, missing.epoch, missing.from);
  flushTail(work);
  const complete = previous !== null && previous.epoch === durable.epoch && previous.complete;
  const ended =
    durable.epoch === null ? null : { epoch: durable.epoch, last: complete ? previous.last : null };
  const stored = room.next - 1;
  const past = [
    ...durable.past,
    ...(ended === null ? [] : [{ ...ended, stored }]),
    ...skipped(durable, previous),
  ];
  const opened = work.change(durable, { epoch: header.epoch, past: past.slice(-ROOM_LIMITS.pastEpochs) });
  room.next = 1;
  room.flow.reset();
  announceEpoch(work, opened, ended, header.epoch);
  append(work, opened, header, bytes, true);
}

/** S1: an epoch between the two that could not be had: what comes of it now comes too late, or its end would be reported twice. */
function skipped(durable: Durable, previous: Previous): Durable['past'] {
  if (previous === null || previous.epoch === durable.epoch) return [];
  if (durable.past.some(({ epoch }) => epoch === previous.epoch)) return [];
  return [{ epoch: previous.epoch, stored: 0, last: null }];
}

type Previous = Extract<StreamEvent, { type: 'epoch:open' }>['previous'];

function openedAfter(header: BatchHeader, bytes: Uint8Array): Previous {
  const first = eventsOf(header, bytes)[0];
  return first?.type === 'epoch:open' ? first.previous : null;
}

/**
 * S1: what the host still has of the epoch before and this room has not: the rest of the current one, or a
 * whole epoch that it never saw. That is asked for a few times a socket: a host that has forgotten it cannot answer.
 */
function missingBefore(
  work: UnitOfWork,
  durable: Durable,
  previous: Previous,
): { epoch: Epoch; from: number } | null {
  const { room } = work;
  if (previous === null || room.keeper === null) return null;
  const { epoch, last } = previous;
  if (epoch === durable.epoch) return room.next <= last ? { epoch, from: room.next } : null;
  if (durable.epoch !== null && awaitsRest(work, durable)) return { epoch: durable.epoch, from: room.next };
  const asks = room.keeper.epochRequests.get(epoch) ?? 0;
  if (durable.past.some((ended) => ended.epoch === epoch) || asks >= ROOM_LIMITS.epochAsks) return null;
  room.keeper.epochRequests.set(epoch, asks + 1);
  return { epoch, from: 1 };
}

/** S3: the rest of the current epoch was asked for; all that follows it comes again behind it, so that nothing of it need be. */
const awaitsRest = ({ room }: UnitOfWork, durable: Durable): boolean =>
  durable.epoch !== null && room.keeper?.resend?.epoch === durable.epoch;

/** The events of a batch. One of a newer keeper that cannot be read stays in the stream and changes nothing (G6). */
function eventsOf(header: BatchHeader, bytes: Uint8Array): StreamEvent[] {
  if (header.kind !== 'event') return [];
  const events = decodeStreamEvents(bytes, { ...header, offset: 0 });
  return events.ok ? events.value : [];
}

/** `opens`: the first batch of an epoch, which viewers learn of before they get it. */
function append(
  work: UnitOfWork,
  durable: Durable,
  header: BatchHeader,
  bytes: Uint8Array,
  opens: boolean,
): void {
  const { room, now } = work;
  const from = room.next;
  if (room.tail !== null && room.tail.bytes + bytes.length > ROOM_LIMITS.tailBytes) flushTail(work);
  room.tail ??= { epoch: header.epoch, first: from, last: from, bytes: 0, batches: [], since: now };
  room.tail.batches.push(bytes);
  room.tail.bytes += bytes.length;
  room.tail.last = header.last;
  room.next = header.last + 1;
  if (room.keeper !== null) room.keeper.resend = null;

  const changesState = header.kind === 'event';
  if (header.kind === 'output') recordActivity(work, durable);
  forwardLive(work, header.last, bytes, changesState || opens ? work.afterCommit : work.beforeCommit);
  if (header.kind === 'output' && header.command !== '') respondPartially(work, header, bytes);
  if (changesState) {
    const events = eventsOf(header, bytes);
    const fresh = events.slice(Math.max(0, from - header.first));
    fresh.reduce((state, event) => applyEvent(work, state, event), durable);
  }
  // S6a: the screen of an ended epoch is the last one until the new epoch prints.
  const prints = !changesState && header.command === '';
  if (prints && room.snapshot !== null && room.snapshot.epoch !== header.epoch) work.writeSnapshot(null);
  if (changesState || opens || room.tail.bytes >= ROOM_LIMITS.tailBytes) flushTail(work);
}

/** S4: stores the tail and acks what is stored. */
export function flushTail(work: UnitOfWork): void {
  const { room } = work;
  const { tail, keeper } = room;
  if (tail === null) return;
  room.tail = null;
  const oldest = room.segments.list[0];
  const keeping = retentionContextOf(room, work.now);
  const { write, dropSlots } = storeTail(room.segments, tail, (slot) => work.readSegment(slot), keeping);
  work.writeSegment(write, dropSlots);
  if (room.segments.list[0] !== oldest) pruneKeyframes(work);
  if (keeper === null) return;
  work.afterCommit.push({
    type: 'send-to-keeper',
    keeper: keeper.connection,
    message: { type: 'stream:ack', payload: { epoch: tail.epoch, sequence: tail.last } },
  });
}

/**
 * S4: the keeper asks to store. It is acked what is stored even when that is nothing new: a room that a reset
 * made forget its tail sees no hole until the next frame, and this is how the keeper learns of it. One that waits
 * for the first frame of all asks for it again.
 */
export function handleFlush(work: UnitOfWork, durable: Durable): void {
  const { room } = work;
  if (room.tail !== null) return flushTail(work);
  if (room.keeper === null) return;
  if (durable.epoch === null) {
    const { connection, resend } = room.keeper;
    if (resend !== null)
      work.afterCommit.push({
        type: 'send-to-keeper',
        keeper: connection,
        message: { type: 'stream:resend', payload: resend },
      });
    return;
  }
  work.afterCommit.push({
    type: 'send-to-keeper',
    keeper: room.keeper.connection,
    message: { type: 'stream:ack', payload: { epoch: durable.epoch, sequence: room.next - 1 } },
  });
}

/** S4: on any event that comes late after the oldest unstored frame. */
export function flushIfOld(work: UnitOfWork): void {
  const { tail } = work.room;
  if (tail !== null && work.now - tail.since > ROOM_LIMITS.tailAge) flushTail(work);
}
