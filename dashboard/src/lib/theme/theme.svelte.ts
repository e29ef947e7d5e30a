import { createContext } from 'svelte';
import { MediaQuery } from 'svelte/reactivity';

export const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEMES)[number];

/** Read by app.html before the first paint. */
const STORAGE_KEY = 'muster.theme';

function remembered(): ThemeChoice {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return THEMES.find((choice) => choice === stored) ?? 'system';
  } catch {
    return 'system';
  }
}

/** The chosen theme, and the colour scheme it resolves to. */
export class Theme {
  choice = $state<ThemeChoice>('system');
  readonly #systemDark = new MediaQuery('(prefers-color-scheme: dark)');
  readonly ground = $derived.by(() => {
    if (this.choice !== 'system') return this.choice;
    return this.#systemDark.current ? 'dark' : 'light';
  });

  /** In the browser only: a file rendered ahead knows no one's choice. */
  restore(): void {
    this.choice = remembered();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    const root = document.documentElement;
    if (choice === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = choice;
    try {
      localStorage.setItem(STORAGE_KEY, choice);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  }
}

export const [getTheme, setTheme] = createContext<Theme>();
