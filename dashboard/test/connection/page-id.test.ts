import { describe, expect, test } from 'vitest';
import { pageId } from '../../src/lib/connection/page-id.ts';

/** A tab: its storage outlives its pages, of which one is there at a time. */
class Tab {
  readonly stored = new Map<string, string>();
  #listeners = new Map<string, () => void>();

  load(name: string): string {
    this.#listeners = new Map();
    const sessionStorage = {
      getItem: (key: string) => this.stored.get(key) ?? null,
      setItem: (key: string, value: string) => void this.stored.set(key, value),
      removeItem: (key: string) => void this.stored.delete(key),
    };
    const addEventListener = (type: string, listener: () => void) => void this.#listeners.set(type, listener);
    return pageId({ sessionStorage, addEventListener }, () => name);
  }

  fire(type: 'pagehide' | 'pageshow'): void {
    this.#listeners.get(type)?.();
  }
}

describe("[B9] a page's name", () => {
  test('is kept by a reload', () => {
    const tab = new Tab();
    expect(tab.load('one')).toBe('one');
    tab.fire('pagehide');
    expect(tab.load('two')).toBe('one');
  });
  test('is not shared with a tab that was made from this one', () => {
    const tab = new Tab();
    tab.load('one');
    const copy = new Tab();
    for (const [key, value] of tab.stored) copy.stored.set(key, value);
    expect(copy.load('two')).toBe('two');
  });
  test('is taken again by a page that comes back as it was', () => {
    const tab = new Tab();
    tab.load('one');
    tab.fire('pagehide');
    tab.fire('pageshow');
    expect(tab.stored.size).toBe(0);
  });
});
