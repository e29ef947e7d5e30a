import {
  type BatchHeader,
  batchesIn,
  type Position,
  type Snapshot,
  snapshotOf,
  type TerminalSize,
  unpack,
} from '@muster/protocol';
import type { RecordingChunk, RecordingQuery } from '../rpc.ts';
import { CastEncoder } from './cast-encoder.ts';

export interface RecordingRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export type ReadRecording = (ask: RecordingQuery) => Promise<RecordingChunk>;

/** The size of what never had one. */
const PIPE_SIZE: TerminalSize = { cols: 80, rows: 24 };

/** B11: a recording as asciicast. */
export async function recordingStream(
  read: ReadRecording,
  range: RecordingRange,
): Promise<ReadableStream<Uint8Array>> {
  const { from } = range;
  const first = await read({ after: null, from });
  const encoder = new CastEncoder({ ...range, ...(await castOptionsOf(first)) });
  return streamOf(first, (after) => read({ after, from }), {
    write: (piece) => encodeChunk(encoder, piece),
    end: () => encoder.end(),
    take: () => encoder.take(),
    get done() {
      return encoder.done;
    },
  });
}

/** Turns the chunks of a recording into text. */
export interface ChunkWriter {
  write(piece: RecordingChunk): Promise<void>;
  end(): void;
  take(): string;
  /** The rest adds nothing. */
  readonly done: boolean;
}

/** The text of a recording, a chunk at a time as its reader takes it, up to the end it had at the start. */
export function streamOf(
  first: RecordingChunk,
  read: (after: Position) => Promise<RecordingChunk>,
  script: ChunkWriter,
): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder();
  let piece: RecordingChunk | null = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (let text = ''; text === ''; ) {
          if (piece === null) return controller.close();
          await script.write(piece);
          const over: boolean = script.done || piece.last === null || reaches(piece.last, first.end);
          if (over) script.end();
          text = script.take();
          if (text !== '') controller.enqueue(bytes.encode(text));
          piece = over || piece.last === null ? null : await read(piece.last);
        }
      },
    },
    { highWaterMark: 0 },
  );
}

/** Whether all up to `end` was read. */
export const reaches = (at: Position, end: Position | null) =>
  end === null || (at.epoch === end.epoch && at.sequence >= end.sequence);

async function castOptionsOf({ data, screens, agent }: RecordingChunk) {
  const [header] = batchesIn(data);
  const [screen] = screens;
  const shown =
    header === undefined || header.first === 1 || screen === undefined ? null : await open(screen);
  const size = shown ?? (header?.first === 1 ? agent.firstSize : agent.size) ?? agent.size ?? PIPE_SIZE;
  return { title: agent.name, pipe: agent.size === null, size };
}

async function encodeChunk(encoder: CastEncoder, { data, screens }: RecordingChunk): Promise<void> {
  for (const header of batchesIn(data)) {
    if (encoder.done) return;
    const raw = await unpack(header, data);
    // The keeper packed it and the room keeps it as it came: what cannot be unpacked is a hole like any other.
    if (!raw.ok) continue;
    const wanted = encoder.needsScreen(header) ? await screensIn(screens, header) : [];
    encoder.batch(data, header, raw.value, wanted);
  }
}

async function screensIn(screens: readonly Uint8Array[], batch: BatchHeader): Promise<Snapshot[]> {
  const near = screens.filter((bytes) => {
    const [header] = batchesIn(bytes);
    return header?.epoch === batch.epoch && header.last >= batch.first - 1 && header.last <= batch.last;
  });
  const opened = await Promise.all(near.map(open));
  return opened.filter((screen) => screen !== null);
}

async function open(bytes: Uint8Array): Promise<Snapshot | null> {
  const [header] = batchesIn(bytes);
  const raw = header === undefined ? null : await unpack(header, bytes);
  if (header === undefined || raw === null || !raw.ok) return null;
  const screen = snapshotOf(bytes, header, raw.value);
  return screen.ok ? screen.value : null;
}
