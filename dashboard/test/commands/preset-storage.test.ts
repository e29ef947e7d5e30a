import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/lib/commands/draft.ts';
import {
  readLines,
  readPresets,
  withoutPreset,
  withPreset,
  writeLines,
  writePresets,
} from '../../src/lib/commands/preset-storage.ts';

function storage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}
const preset = (line: string) => ({ line, options: DEFAULTS });

describe('what a browser keeps', () => {
  test('commands, newest first, each once', () => {
    const presets = withPreset(withPreset(withPreset([], preset('a')), preset('b')), preset('a'));
    expect(presets.map(({ line }) => line)).toEqual(['a', 'b']);
    expect(withoutPreset(presets, 'a').map(({ line }) => line)).toEqual(['b']);
    const browser = storage();
    writePresets(browser, presets);
    expect(readPresets(browser)).toEqual(presets);
  });
  test('the lines of each agent apart', () => {
    const browser = storage();
    writeLines(browser, 'one', ['ls']);
    expect([readLines(browser, 'one'), readLines(browser, 'two')]).toEqual([['ls'], []]);
  });
  test('nothing that another program wrote there', () => {
    const browser = storage();
    browser.setItem('muster.presets', '[{"line":""}]');
    expect(readPresets(browser)).toEqual([]);
    browser.setItem('muster.presets', 'no json');
    expect(readPresets(browser)).toEqual([]);
  });
});
