import { z } from 'zod';
import { BASE_FONT } from './fit.ts';

const KEY = 'muster-terminal';
/** px */
export const FONT_RANGE = { least: 9, most: 28 };

const PreferencesSchema = z.object({
  fontSize: z.number().min(FONT_RANGE.least).max(FONT_RANGE.most).default(BASE_FONT),
  optionIsMeta: z.boolean().default(false),
});

/** How this browser's terminals look and take keys; kept here, not on the server. */
export class Preferences {
  /** px of the text where nothing has to be made smaller. */
  fontSize = $state(BASE_FONT);
  /** A Mac's Option key is Meta, rather than writing other characters. */
  optionIsMeta = $state(false);
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#storage = storage;
    const kept = PreferencesSchema.safeParse(parsed(storage.getItem(KEY)));
    if (kept.success) Object.assign(this, kept.data);
  }

  /** By so many px; 0: as it is by itself. */
  resizeText(by: number): void {
    const next = by === 0 ? BASE_FONT : this.fontSize + by;
    this.fontSize = Math.max(FONT_RANGE.least, Math.min(FONT_RANGE.most, next));
    this.#keep();
  }

  setOptionIsMeta(on: boolean): void {
    this.optionIsMeta = on;
    this.#keep();
  }

  #keep(): void {
    const { fontSize, optionIsMeta } = this;
    this.#storage.setItem(KEY, JSON.stringify({ fontSize, optionIsMeta }));
  }
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

let preferences: Preferences | undefined;

/** Of all terminals of the page. In the browser only. */
export function pagePreferences(): Preferences {
  preferences ??= new Preferences(localStorage);
  return preferences;
}
