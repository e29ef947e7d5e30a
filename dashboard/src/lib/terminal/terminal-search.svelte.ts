import type { ISearchOptions, SearchAddon } from '@xterm/addon-search';
import { type Ground, SEARCH_COLOURS } from './palette.ts';

/** Loads the search add-on, with the first search (F16). */
export type LoadSearch = () => Promise<SearchAddon>;

/** The search in one terminal. */
export class TerminalSearch {
  open = $state(false);
  hits = $state.raw<{ index: number; count: number } | null>(null);
  /** Whether the add-on failed to load. */
  failed = $state(false);
  #load: LoadSearch | null = null;
  #search: Promise<SearchAddon> | null = null;

  /** Uses another terminal's add-on; null: the terminal is closed. */
  use(load: LoadSearch | null): void {
    this.#load = load;
    this.#search = null;
    this.hits = null;
  }

  find(text: string, direction: 'next' | 'previous', ground: Ground): void {
    const { hit, active } = SEARCH_COLOURS[ground];
    const options: ISearchOptions = {
      incremental: direction === 'next',
      decorations: {
        matchBackground: hit,
        matchOverviewRuler: hit,
        activeMatchBackground: active,
        activeMatchColorOverviewRuler: active,
      },
    };
    this.#use((search) => {
      if (direction === 'next') search.findNext(text, options);
      else search.findPrevious(text, options);
    });
  }

  end(): void {
    this.open = false;
    this.hits = null;
    if (this.#search !== null) this.#use((search) => search.clearDecorations());
  }

  /** Acts on the add-on once it has loaded, in the order of the calls. */
  #use(act: (search: SearchAddon) => void): void {
    const load = this.#load;
    if (load === null) return;
    this.#search ??= this.#follow(load);
    this.#search.then(
      (search) => {
        this.failed = false;
        if (load === this.#load) act(search);
      },
      () => {
        this.failed = true;
        this.#search = null;
      },
    );
  }

  async #follow(load: LoadSearch): Promise<SearchAddon> {
    const search = await load();
    search.onDidChangeResults(({ resultIndex, resultCount }) => {
      if (this.open) this.hits = { index: resultIndex, count: resultCount };
    });
    return search;
  }
}
