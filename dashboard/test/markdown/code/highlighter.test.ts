import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HighlightReply, HighlightRequest } from '../../../src/lib/markdown/code/highlight-worker.ts';
import { Highlighter, type HighlightWorker } from '../../../src/lib/markdown/code/highlighter.ts';
import {
  HIGHLIGHT_CHARS,
  HIGHLIGHT_LINES,
  HIGHLIGHT_TIMEOUT_MS,
} from '../../../src/lib/markdown/code/limits.ts';

class FakeWorker implements HighlightWorker {
  onmessage: HighlightWorker['onmessage'] = null;
  onerror: HighlightWorker['onerror'] = null;
  readonly requests: HighlightRequest[] = [];
  ended = false;

  postMessage(request: HighlightRequest): void {
    this.requests.push(request);
  }
  terminate(): void {
    this.ended = true;
  }
  answer(): void {
    const id = this.requests.at(-1)?.id ?? 0;
    const spans = Uint32Array.of(1, id);
    this.onmessage?.(new MessageEvent<HighlightReply>('message', { data: { id, spans } }));
  }
}

const never = new AbortController().signal;
let workers: FakeWorker[];
let highlighter: Highlighter;

const worker = (index: number): FakeWorker => {
  const found = workers[index];
  if (found === undefined) throw new Error(`worker ${index} was not started`);
  return found;
};

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  highlighter = new Highlighter(() => {
    const started = new FakeWorker();
    workers.push(started);
    return started;
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('[C8] the highlighter', () => {
  it('asks one worker, one code after the other', async () => {
    const first = highlighter.highlight('a', 'bash', never);
    const second = highlighter.highlight('b', 'bash', never);
    expect(worker(0).requests).toHaveLength(1);

    worker(0).answer();
    worker(0).answer();

    expect(await first).toEqual(Uint32Array.of(1, 1));
    expect(await second).toEqual(Uint32Array.of(1, 2));
    expect(workers).toHaveLength(1);
  });

  it('ends a worker that does not answer, and goes on with a new one', async () => {
    const endless = highlighter.highlight('a', 'bash', never);
    const next = highlighter.highlight('b', 'bash', never);

    vi.advanceTimersByTime(HIGHLIGHT_TIMEOUT_MS);
    worker(1).answer();

    expect(await endless).toBeNull();
    expect(await next).not.toBeNull();
    expect(worker(0).ended).toBe(true);
  });

  it('skips what was aborted before its turn', async () => {
    const abort = new AbortController();
    const first = highlighter.highlight('a', 'bash', never);
    const aborted = highlighter.highlight('b', 'bash', abort.signal);

    abort.abort();
    worker(0).answer();
    await first;

    expect(await aborted).toBeNull();
    expect(worker(0).requests).toHaveLength(1);
  });

  it('leaves long code plain without a worker', async () => {
    expect(await highlighter.highlight('a'.repeat(HIGHLIGHT_CHARS + 1), 'bash', never)).toBeNull();
    expect(await highlighter.highlight('\n'.repeat(HIGHLIGHT_LINES), 'bash', never)).toBeNull();
    expect(workers).toHaveLength(0);
  });

  it('leaves all code plain where the worker cannot run', async () => {
    const first = highlighter.highlight('a', 'bash', never);
    const second = highlighter.highlight('b', 'bash', never);

    worker(0).onerror?.(new Event('error') as ErrorEvent);

    expect([await first, await second]).toEqual([null, null]);
    expect(await highlighter.highlight('c', 'bash', never)).toBeNull();
    expect(workers).toHaveLength(1);
  });

  it('leaves code plain where no worker can be started', async () => {
    const blocked = new Highlighter(() => {
      throw new Error('blocked by the policy');
    });

    expect(await blocked.highlight('a', 'bash', never)).toBeNull();
  });
});
