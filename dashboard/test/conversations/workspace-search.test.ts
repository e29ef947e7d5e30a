import { err, ok, type Result, wireError } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FindFiles, WorkspaceSearch } from '../../src/lib/conversations/workspace-search.svelte.ts';

type Answer = Result<{ readonly files: readonly string[] }, ReturnType<typeof wireError>>;

describe('[C15] the search behind @', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function searching() {
    const asked: { query: string; answer: (answer: Answer) => void; signal: AbortSignal }[] = [];
    const find: FindFiles = (_, query, signal) =>
      new Promise((answer) => {
        asked.push({ query, answer, signal });
      });
    const search = new WorkspaceSearch('a', find);
    const ask = async (query: string | null) => {
      search.ask(query);
      await vi.advanceTimersByTimeAsync(200);
    };
    return { search, asked, ask };
  }

  it('[C15] asks when somebody pauses, and only the newest answer counts', async () => {
    const { search, asked, ask } = searching();
    await ask('');
    search.ask('s');
    search.ask('sr');
    await ask('src');
    expect(asked.map(({ query }) => query)).toEqual(['', 'src']);
    expect(asked[0]?.signal.aborted).toBe(true);
    asked[1]?.answer(ok({ files: ['src/a.ts'] }));
    asked[0]?.answer(ok({ files: ['old.ts'] }));
    await vi.advanceTimersByTimeAsync(0);
    expect([search.files, search.pending]).toEqual([['src/a.ts'], false]);
    await ask(null);
    expect(search.files).toEqual([]);
  });

  it('[C15] says why there is no answer', async () => {
    const { search, asked, ask } = searching();
    await ask('a');
    asked[0]?.answer(err(wireError('AGENT_OFFLINE', 'The host of this agent is away.')));
    await vi.advanceTimersByTimeAsync(0);
    expect(search.failure).toBe('The host of this agent is away.');
  });
});
