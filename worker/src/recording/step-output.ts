import {
  type BatchHeader,
  batchesIn,
  FinalStatusSchema,
  framesOf,
  MIB,
  type Position,
  unpack,
} from '@muster/protocol';
import { searchable } from '../history/text.ts';
import { type CommandEvent, HISTORY } from '../history/types.ts';
import { type ReadRecording, reaches } from './recording-stream.ts';
import { TextJoiner } from './text-joiner.ts';

const OUTPUT_LIMITS = {
  /** Stored bytes looked through for one portion of steps. */
  looked: 16 * MIB,
  /** Between the host's count of a command's time and the room's, ms. */
  slack: 10_000,
  /** Steps of one portion that end a command: each may bring `HISTORY.outputChars`. */
  endings: 32,
} as const;

/** When output of a command that ended can have begun to come, ms since 1970; null: the step ends none, or it printed nothing. */
function outputStartedAt({ to, at, executionTime, bytes }: CommandEvent): number | null {
  if (!FinalStatusSchema.safeParse(to).success || executionTime === undefined) return null;
  if (bytes !== undefined && bytes.stdout + bytes.stderr === 0) return null;
  return at - executionTime - OUTPUT_LIMITS.slack;
}

/** A1: steps as they are brought to history, in their order. */
export function* batchesOfSteps<E extends CommandEvent>(events: readonly E[]): Generator<readonly E[]> {
  let portion: E[] = [];
  let endings = 0;
  for (const event of events) {
    portion.push(event);
    if (outputStartedAt(event) !== null) endings += 1;
    if (endings < OUTPUT_LIMITS.endings) continue;
    yield portion;
    portion = [];
    endings = 0;
  }
  if (portion.length > 0) yield portion;
}

/** A2: the first characters of a command's output on both streams, in order of arrival. */
class OutputText {
  readonly #streams = [new TextJoiner(), new TextJoiner()];
  #text = '';

  get full(): boolean {
    return this.#text.length >= HISTORY.outputChars;
  }

  push(stream: number, data: Uint8Array): void {
    if (!this.full) this.#text += this.#streams[stream]?.push(data) ?? '';
  }

  end(): string {
    return searchable(this.#text + this.#streams.map((stream) => stream.end()).join(''));
  }
}

/** The steps, each that ends a command with what it printed, as far as its room still has it. */
export async function withOutput(
  events: readonly CommandEvent[],
  read: ReadRecording,
): Promise<CommandEvent[]> {
  const texts = new Map<string, OutputText>();
  let since = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const began = outputStartedAt(event);
    if (began === null) continue;
    texts.set(event.commandId, new OutputText());
    since = Math.min(since, began);
  }
  if (texts.size > 0) await collect(texts, since, read);
  return events.map((event) => {
    const output = outputStartedAt(event) === null ? '' : (texts.get(event.commandId)?.end() ?? '');
    return output === '' ? event : { ...event, output };
  });
}

async function collect(
  texts: ReadonlyMap<string, OutputText>,
  since: number,
  read: ReadRecording,
): Promise<void> {
  let looked = 0;
  let at: Position | null = null;
  for (let piece = await read({ after: null, since }); ; piece = await read({ after: at })) {
    for (const header of batchesIn(piece.data)) {
      const text = header.kind === 'output' ? texts.get(header.command) : undefined;
      if (text !== undefined && !text.full) await take(text, header, piece.data, at);
    }
    looked += piece.data.length;
    at = piece.last;
    if (at === null || looked >= OUTPUT_LIMITS.looked || reaches(at, piece.end)) return;
  }
}

/** What stands after `at`: a piece may begin before the place that was asked for. */
async function take(
  text: OutputText,
  header: BatchHeader,
  data: Uint8Array,
  at: Position | null,
): Promise<void> {
  const raw = await unpack(header, data);
  for (const frame of raw.ok ? framesOf(data, header, raw.value) : [])
    if (at?.epoch !== header.epoch || frame.sequence > at.sequence) text.push(frame.stream, frame.data);
}
