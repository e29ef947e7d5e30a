import { batchesIn, unpack } from '@muster/protocol';
import type { RecordingChunk } from '../rpc.ts';
import { CommandFrames } from './command-frames.ts';
import type { CommandOutputFormat } from './command-output-format.ts';
import { type ReadRecording, streamOf } from './recording-stream.ts';

const NOTHING = new Uint8Array();

/** Writes a command's part of one chunk of its agent's recording. */
async function writeChunk(
  frames: CommandFrames,
  { data }: RecordingChunk,
  form: CommandOutputFormat,
): Promise<void> {
  for (const header of batchesIn(data)) {
    if (frames.done) return;
    const raw = frames.wants(header) ? await unpack(header, data) : null;
    // What cannot be unpacked is a hole like any other.
    if (raw !== null && !raw.ok) continue;
    for (const output of frames.batch(data, header, raw?.value ?? NOTHING)) form.write(output);
  }
}

/** Streams a command's output, as far as its room has it. `since`: when it was asked for, ms since 1970 by the room's clock. */
export async function commandStream(
  read: ReadRecording,
  commandId: string,
  since: number,
  form: CommandOutputFormat,
): Promise<ReadableStream<Uint8Array>> {
  const frames = new CommandFrames(commandId);
  const first = await read({ after: null, since });
  return streamOf(first, (after) => read({ after }), {
    write: (piece) => writeChunk(frames, piece, form),
    end: () => {
      for (const output of frames.end()) form.write(output);
      form.end();
    },
    take: () => form.take(),
    get done() {
      return frames.done;
    },
  });
}
