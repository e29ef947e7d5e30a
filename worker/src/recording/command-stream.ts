import { batchesIn, unpack } from '@muster/protocol';
import type { RecordingChunk } from '../rpc.ts';
import { CommandFrames } from './command.ts';
import type { Form } from './form.ts';
import { type Read, streamOf } from './stream.ts';

const NOTHING = new Uint8Array();

/** What one piece of its agent's recording has of a command. */
async function tell(frames: CommandFrames, { data }: RecordingChunk, form: Form): Promise<void> {
  for (const header of batchesIn(data)) {
    if (frames.done) return;
    const raw = frames.wants(header) ? await unpack(header, data) : null;
    // What cannot be unpacked is a hole like any other.
    if (raw !== null && !raw.ok) continue;
    for (const said of frames.batch(data, header, raw?.value ?? NOTHING)) form.said(said);
  }
}

/** What a command printed, as far as its room has it. `since`: when it was asked for, ms since 1970 by the room's clock. */
export async function commandStream(
  read: Read,
  commandId: string,
  since: number,
  form: Form,
): Promise<ReadableStream<Uint8Array>> {
  const frames = new CommandFrames(commandId);
  const first = await read({ after: null, since });
  return streamOf(first, (after) => read({ after }), {
    piece: (piece) => tell(frames, piece, form),
    end: () => {
      for (const said of frames.end()) form.said(said);
      form.end();
    },
    take: () => form.take(),
    get done() {
      return frames.done;
    },
  });
}
