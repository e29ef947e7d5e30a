import { EpochSchema, type Position, type TerminalSize } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import { concat } from '../stream/index.ts';
import type { Context } from '../types.ts';

/** What a reader of the recording asks for: what stands after a place; at first, the oldest that is kept. */
export interface RecordingQuery {
  readonly after: Position | null;
  /** ms since 1970: reading begins at the last screen kept before it, where there is one. */
  readonly from?: number | undefined;
  /** ms since 1970, by the room's clock: what was stored for good before that is passed over. */
  readonly since?: number | undefined;
}

export interface RecordingChunk {
  /** Whose it is; the sizes of its terminal at its creation and now, null for pipes. */
  readonly agent: {
    readonly name: string;
    readonly firstSize: TerminalSize | null;
    readonly size: TerminalSize | null;
  };
  /** Whole batches of one epoch, one behind the other. The first may begin before the place that was asked for. */
  readonly data: Uint8Array;
  /** The screens that stand right before a frame of this piece or after it, each as its batch came, oldest first. */
  readonly screens: readonly Uint8Array[];
  /** Where the piece ends: what to ask for next. Null: there is nothing more. */
  readonly last: Position | null;
  /** The newest frame that the room has. */
  readonly end: Position | null;
}

export type RecordingReads = Pick<Context, 'read' | 'readSnapshot'> & {
  readonly readKeyframe: (id: number) => Uint8Array;
};

/** A stored segment, or the tail. */
interface Run {
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** When it was written last, ms since 1970; the tail still is. */
  readonly at: number;
  readonly read: () => Uint8Array;
}

interface Screen {
  readonly epoch: string;
  readonly sequence: number;
  readonly time: number | null;
  readonly read: () => Uint8Array;
}

/** Part of what the room has, oldest first: at least one segment, at most `recordingPiece` and the rest of one. */
export function readRecording(room: RoomState, ask: RecordingQuery, reading: RecordingReads): RecordingChunk {
  const runs = runsOf(room, reading);
  const screens = screensOf(room, reading);
  const agent = agentOf(room);
  const epoch = room.durable?.epoch ?? null;
  const end = epoch === null ? null : { epoch, sequence: room.next - 1 };
  const chosen: Run[] = [];
  let bytes = 0;
  for (const run of runs.slice(startOf(runs, screens, ask))) {
    if (chosen.length > 0 && (bytes >= ROOM_LIMITS.recordingPiece || run.epoch !== chosen[0]?.epoch)) break;
    chosen.push(run);
    bytes += run.bytes;
  }
  const first = chosen[0];
  const last = chosen.at(-1);
  if (first === undefined || last === undefined)
    return { agent, data: new Uint8Array(), screens: [], last: null, end };
  const data = concat(
    chosen.map((run) => run.read()),
    bytes,
  );
  const within = screens.filter(
    (screen) =>
      screen.epoch === first.epoch && screen.sequence + 1 >= first.first && screen.sequence <= last.last,
  );
  return {
    agent,
    data,
    screens: within.map((screen) => screen.read()),
    last: { epoch: EpochSchema.parse(last.epoch), sequence: last.last },
    end,
  };
}

function agentOf({ durable }: RoomState): RecordingChunk['agent'] {
  const { name = '', terminal: firstSize = null } = durable?.placement.spec ?? {};
  return { name, firstSize, size: durable?.terminal ?? null };
}

function runsOf({ segments, tail }: RoomState, reading: RecordingReads): Run[] {
  const stored = segments.list.map((segment) => ({ ...segment, read: () => reading.read(segment.slot) }));
  if (tail === null) return stored;
  return [...stored, { ...tail, at: Infinity, read: () => concat(tail.batches, tail.bytes) }];
}

/** Those of the recording, and the newest of all (S14). */
function screensOf({ keyframes, snapshot }: RoomState, reading: RecordingReads): Screen[] {
  const kept = keyframes.map((info) => ({ ...info, read: () => reading.readKeyframe(info.id) }));
  const newest = kept.at(-1);
  if (snapshot === null) return kept;
  if (newest?.epoch === snapshot.epoch && newest.sequence === snapshot.sequence) return kept;
  return [...kept, { ...snapshot, time: null, read: () => reading.readSnapshot() }];
}

/** Where reading goes on; what has gone since the last piece was given is a hole that its reader sees. */
function startOf(runs: readonly Run[], screens: readonly Screen[], ask: RecordingQuery): number {
  const { after, from, since = 0 } = ask;
  if (after === null && from !== undefined) return startBefore(runs, screens, from);
  if (after === null) return runs.filter(({ at }) => at < since).length;
  const next = runs.findIndex(({ epoch, last }) => epoch === after.epoch && last > after.sequence);
  if (next !== -1) return next;
  return runs.findLastIndex(({ epoch }) => epoch === after.epoch) + 1;
}

/** The run whose first frame, or a later one, follows the last screen of before `from`. */
function startBefore(runs: readonly Run[], screens: readonly Screen[], from: number): number {
  const screen = screens.findLast(({ time }) => time !== null && time <= from);
  if (screen === undefined) return 0;
  const at = runs.findIndex(({ epoch, last }) => epoch === screen.epoch && last > screen.sequence);
  return Math.max(0, at);
}
