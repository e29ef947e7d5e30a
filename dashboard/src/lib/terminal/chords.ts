import { isMac } from './platform.ts';

/** Handles the key chords that belong to this page, whatever the program. */
export interface ChordActions {
  find(): void;
  copy(): void;
  hasSelection(): boolean;
  leave(): void;
  /** Larger, smaller, as it was. */
  resizeText(by: -1 | 0 | 1): void;
}

const SIZES: Readonly<Record<string, -1 | 0 | 1>> = { '+': 1, '=': 1, '-': -1, '0': 0 };

/** True when it was taken, and the terminal must not see it. */
export function takeChord(event: KeyboardEvent, actions: ChordActions): boolean {
  const { code, key, ctrlKey, metaKey, shiftKey, altKey } = event;
  if (!(ctrlKey || metaKey) || altKey) return false;
  // Ctrl with them is a program's on a Mac; Ctrl+_ is a program's everywhere.
  const size = metaKey || !isMac() ? SIZES[key] : undefined;
  if (size !== undefined) return taken(event, () => actions.resizeText(size));
  if (!shiftKey) {
    // With a selection Ctrl+C copies it, and lets it go, so that the next one interrupts.
    return (
      code === 'KeyC' && ctrlKey && !metaKey && actions.hasSelection() && taken(event, () => actions.copy())
    );
  }
  if (code === 'KeyF') return taken(event, () => actions.find());
  if (code === 'KeyC') return taken(event, () => actions.copy());
  if (code === 'Space') return taken(event, () => actions.leave());
  // The browser pastes into the focused field, which asks nobody's permission.
  return code === 'KeyV';
}

function taken(event: KeyboardEvent, act: () => void): true {
  act();
  event.preventDefault();
  return true;
}
