import {
  batchesIn,
  KIB,
  MIB,
  type OutputPage,
  type OutputPart,
  type Position,
  unpack,
} from '@muster/protocol';
import { CommandFrames, type CommandOutput } from './command-frames.ts';
import { type ReadRecording, reaches } from './recording-stream.ts';
import { TextJoiner } from './text-joiner.ts';

const PAGE_LIMITS = {
  /** Of the command's output: so many bytes or lines, and the rest of one frame. */
  bytes: 128 * KIB,
  lines: 2_000,
  /** Of its agent's stream, from its start on, that is looked through, bytes: so much, and the rest of one piece. */
  looked: 16 * MIB,
} as const;

const NOTHING = new Uint8Array();
const STREAMS = ['stdout', 'stderr'] as const;

/** The parts of one page, its streams told apart. */
class Parts {
  readonly list: OutputPart[] = [];
  bytes = 0;
  #lines = 0;
  readonly #streams = STREAMS.map(() => new TextJoiner());
  #at = 0;

  get full(): boolean {
    return this.bytes >= PAGE_LIMITS.bytes || this.#lines >= PAGE_LIMITS.lines;
  }

  write(one: CommandOutput): void {
    this.#at = one.time;
    if (one.type === 'resized') {
      this.list.push({ size: { cols: one.cols, rows: one.rows }, at: one.time });
      return;
    }
    if (one.type === 'gap') {
      this.list.push({ missing: one.what, at: one.time });
      return;
    }
    this.bytes += one.data.length;
    this.#push(one.stream, this.#streams[one.stream]?.push(one.data) ?? '');
  }

  end(): void {
    for (const [stream, joiner] of this.#streams.entries()) this.#push(stream, joiner.end());
  }

  #push(stream: number, text: string): void {
    const name = STREAMS[stream];
    if (text === '' || name === undefined) return;
    this.#lines += text.split('\n').length - 1;
    this.list.push({ stream: name, text, at: this.#at });
  }
}

export interface OutputPageInput {
  readonly commandId: string;
  /** When it was asked for, ms since 1970 by the room's clock. */
  readonly since: number;
  /** Where the page before ended; null: from its start. */
  readonly after: Position | null;
}

/** B11a: a page of a command's output, as far as its room has it. */
export async function outputPage(
  read: ReadRecording,
  { commandId, since, after }: OutputPageInput,
): Promise<OutputPage> {
  const frames = new CommandFrames(commandId, after);
  const parts = new Parts();
  let looked = 0;
  for (let piece = await read(after === null ? { after, since } : { after }); ; ) {
    for (const header of batchesIn(piece.data)) {
      const raw = frames.wants(header) ? await unpack(header, piece.data) : null;
      // What cannot be unpacked is a hole like any other.
      if (raw !== null && !raw.ok) continue;
      for (const output of frames.batch(piece.data, header, raw?.value ?? NOTHING)) {
        parts.write(output);
        if (output.type === 'output' && parts.full)
          return pageOf(parts, { epoch: header.epoch, sequence: output.sequence });
      }
      if (frames.done) return pageOf(parts, null);
    }
    if (frames.within) looked += piece.data.length;
    if (piece.last === null || reaches(piece.last, piece.end)) break;
    if (looked >= PAGE_LIMITS.looked) return pageOf(parts, piece.last);
    piece = await read({ after: piece.last });
  }
  for (const output of frames.end()) parts.write(output);
  return pageOf(parts, null);
}

export const EMPTY_PAGE: OutputPage = { parts: [], bytes: 0, next: null };

function pageOf(parts: Parts, next: Position | null): OutputPage {
  parts.end();
  return {
    parts: parts.list,
    bytes: parts.bytes,
    next: next === null ? null : `${next.epoch}:${next.sequence}`,
  };
}
