import { CLOSE, KIB, MIB, type PolledFrame } from '@muster/protocol';
import { NO_CLOSE } from '../connection/index.ts';
import { earliest } from '../earliest.ts';

/** G5: a request that failed is made again so often, after a pause (ms): the line takes a repeat for what it is. */
const REPEATS = 3;
const PAUSE_MS = 500;
/** … and for so long, ms: after that a line is gone, and a request may be one that nobody remembers (I1). */
const REPEATS_FOR_MS = 60_000;
/** Characters in one body, and characters that may wait for one before the connection counts as stuck. */
const BODY_CHARS = 256 * KIB;
const BACKLOG_CHARS = 4 * MIB;

/** G5, M10: a socket that is made of requests. Times: ms. */
export interface PollLine {
  phase: 'connecting' | 'open' | 'closed';
  /** Frames that came. */
  received: number;
  /** Texts that went into a body. */
  sent: number;
  readonly texts: string[];
  /** Characters in `texts`. */
  backlog: number;
  poll: Attempt | null;
  /** One body at a time, so that what is said keeps its order. */
  post: (Attempt & { readonly from: number; readonly body: string }) | null;
}

/** A request until it has an answer. */
interface Attempt {
  repeats: number;
  /** No repeat after this. */
  readonly until: number;
  /** When it is made again; null: it is under way. */
  retryAt: number | null;
}

type RequestKind = 'poll' | 'post';

export type PollEvent =
  | { readonly type: 'start' }
  | { readonly type: 'send'; readonly text: string }
  /** The answer to a poll; null: it cannot be read. */
  | { readonly type: 'polled'; readonly frames: readonly PolledFrame[] | null }
  | { readonly type: 'posted' }
  /** `code`: as a socket would have been closed; null: asking again may help. */
  | { readonly type: 'failed'; readonly of: RequestKind; readonly code: number | null }
  | { readonly type: 'tick' }
  | { readonly type: 'close' }
  /** Sockets can be had again. */
  | { readonly type: 'retire' };

/** In the order they are to be carried out. */
export type PollEffect =
  | { readonly type: 'poll'; readonly got: number }
  | { readonly type: 'post'; readonly from: number; readonly body: string }
  | { readonly type: 'opened' }
  | { readonly type: 'frame'; readonly frame: Exclude<PolledFrame, { readonly kind: 'close' }> }
  /** The server need not wait for the line's end. */
  | { readonly type: 'leave' }
  | { readonly type: 'closed'; readonly code: number };

interface UnitOfWork {
  readonly line: PollLine;
  readonly now: number;
  readonly out: PollEffect[];
}

export const newPollLine = (): PollLine => ({
  phase: 'connecting',
  received: 0,
  sent: 0,
  texts: [],
  backlog: 0,
  poll: null,
  post: null,
});

export function handlePollLine(
  line: PollLine,
  event: PollEvent,
  { now }: { readonly now: number },
): readonly PollEffect[] {
  const work: UnitOfWork = { line, now, out: [] };
  if (line.phase !== 'closed') dispatch(work, event);
  return work.out;
}

function dispatch(work: UnitOfWork, event: PollEvent): void {
  switch (event.type) {
    case 'start':
      return poll(work);
    case 'send':
      return handleText(work, event.text);
    case 'polled':
      return handlePolled(work, event.frames);
    case 'posted':
      work.line.post = null;
      return post(work);
    case 'failed':
      return handleFailed(work, event.of, event.code);
    case 'tick':
      return handleTick(work);
    case 'close':
      return leave(work);
    case 'retire':
      return end(work, CLOSE.goingAway);
  }
}

/** When `tick` has something to do, ms; null: never. */
export const pollDeadline = ({ poll: polling, post: posting }: PollLine): number | null =>
  earliest([polling?.retryAt ?? null, posting?.retryAt ?? null]);

const attempt = (now: number): Attempt => ({ repeats: 0, until: now + REPEATS_FOR_MS, retryAt: null });

function poll({ line, now, out }: UnitOfWork): void {
  line.poll = attempt(now);
  out.push({ type: 'poll', got: line.received });
}

function handleText(work: UnitOfWork, text: string): void {
  const { line } = work;
  if (line.phase !== 'open') return;
  line.texts.push(text);
  line.backlog += text.length;
  if (line.backlog > BACKLOG_CHARS) end(work, NO_CLOSE);
  else if (line.post === null) post(work);
}

function post({ line, now, out }: UnitOfWork): void {
  if (line.texts.length === 0) return;
  const texts = nextTexts(line);
  const from = line.sent + 1;
  const body = texts.join('\n');
  line.sent += texts.length;
  line.post = { ...attempt(now), from, body };
  out.push({ type: 'post', from, body });
}

/** As many texts as fit one body, at least one. */
function nextTexts(line: PollLine): string[] {
  let count = 0;
  for (let chars = 0; count < line.texts.length; count += 1) {
    chars += line.texts[count]?.length ?? 0;
    if (count > 0 && chars > BODY_CHARS) break;
  }
  const texts = line.texts.splice(0, count);
  line.backlog -= texts.reduce((sum, { length }) => sum + length, 0);
  return texts;
}

function handlePolled(work: UnitOfWork, frames: readonly PolledFrame[] | null): void {
  const { line, out } = work;
  if (frames === null) return end(work, NO_CLOSE);
  if (line.phase === 'connecting') {
    line.phase = 'open';
    out.push({ type: 'opened' });
  }
  for (const frame of frames) {
    line.received += 1;
    if (frame.kind === 'close') return end(work, frame.code);
    out.push({ type: 'frame', frame });
  }
  poll(work);
}

function handleFailed(work: UnitOfWork, of: RequestKind, code: number | null): void {
  const { line, now } = work;
  const request = line[of];
  if (request === null) return;
  const isOver = request.repeats === REPEATS || line.phase === 'connecting' || now >= request.until;
  if (code !== null || isOver) end(work, code ?? NO_CLOSE);
  else request.retryAt = now + PAUSE_MS;
}

function handleTick({ line, now, out }: UnitOfWork): void {
  const isDue = (retryAt: number | null) => retryAt !== null && now >= retryAt;
  const repeat = (request: Attempt) => {
    request.repeats += 1;
    request.retryAt = null;
  };
  if (line.poll !== null && isDue(line.poll.retryAt)) {
    repeat(line.poll);
    out.push({ type: 'poll', got: line.received });
  }
  if (line.post !== null && isDue(line.post.retryAt)) {
    repeat(line.post);
    out.push({ type: 'post', from: line.post.from, body: line.post.body });
  }
}

function leave({ line, out }: UnitOfWork): void {
  line.phase = 'closed';
  line.poll = null;
  line.post = null;
  out.push({ type: 'leave' });
}

function end(work: UnitOfWork, code: number): void {
  leave(work);
  work.out.push({ type: 'closed', code });
}
