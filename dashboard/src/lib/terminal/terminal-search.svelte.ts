import type { SearchAddon } from '@xterm/addon-search';
import { type Ground, SEARCH_COLOURS } from './palette.ts';

/** The search in one terminal. */
export class TerminalSearch {
  open = $state(false);
  hits = $state.raw<{ index: number; count: number } | null>(null);
  #search: SearchAddon | null = null;

  use(search: SearchAddon | null): void {
    this.#search = search;
    search?.onDidChangeResults(({ resultIndex, resultCount }) => {
      this.hits = { index: resultIndex, count: resultCount };
    });
  }

  find(text: string, direction: 'next' | 'previous', ground: Ground): void {
    const { hit, active } = SEARCH_COLOURS[ground];
    const options = {
      incremental: direction === 'next',
      decorations: {
        matchBackground: hit,
        matchOverviewRuler: hit,
        activeMatchBackground: active,
        activeMatchColorOverviewRuler: active,
      },
    };
    if (direction === 'next') this.#search?.findNext(text, options);
    else this.#search?.findPrevious(text, options);
  }

  end(): void {
    this.open = false;
    this.hits = null;
    this.#search?.clearDecorations();
  }
}
