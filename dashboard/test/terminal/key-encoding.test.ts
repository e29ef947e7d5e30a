import { describe, expect, test } from 'vitest';
import { encodeKey, type Key } from '../../src/lib/terminal/key-encoding.ts';

const press = (spec: string, key: string, code = `Key${key.toUpperCase()}`): Key => ({
  key,
  code,
  shiftKey: spec.includes('S'),
  altKey: spec.includes('A'),
  ctrlKey: spec.includes('C'),
  metaKey: spec.includes('M'),
  isComposing: false,
  altGraph: spec.includes('G'),
});
const META = { altIsMeta: true };

describe('keys after CSI > 1 u', () => {
  test.each([
    ['', 'Escape', 'Escape', '\x1b[27u'],
    ['S', 'Enter', 'Enter', '\x1b[13;2u'],
    ['C', 'Enter', 'Enter', '\x1b[13;5u'],
    ['A', 'Enter', 'Enter', '\x1b[13;3u'],
    ['', 'Enter', 'Enter', '\r'],
    ['', 'Tab', 'Tab', '\t'],
    ['S', 'Tab', 'Tab', '\x1b[9;2u'],
    ['', 'Backspace', 'Backspace', '\x7f'],
    ['C', 'Backspace', 'Backspace', '\x1b[127;5u'],
    ['C', 'c', 'KeyC', '\x1b[99;5u'],
    ['CS', 'A', 'KeyA', '\x1b[97;6u'],
    ['A', 'a', 'KeyA', '\x1b[97;3u'],
    ['C', ' ', 'Space', '\x1b[32;5u'],
    ['C', '[', 'BracketLeft', '\x1b[91;5u'],
    ['CS', '!', 'Digit1', '\x1b[49;6u'],
    ['CS', '{', 'BracketLeft', '\x1b[91;6u'],
    ['C', 'с', 'KeyC', '\x1b[99;5u'],
    ['A', 'å', 'KeyA', '\x1b[97;3u'],
    ['A', '¡', 'Digit1', '\x1b[49;3u'],
    ['', 'ArrowUp', 'ArrowUp', '\x1b[A'],
    ['CS', 'ArrowLeft', 'ArrowLeft', '\x1b[1;6D'],
    ['', 'F1', 'F1', '\x1b[P'],
    ['', 'F3', 'F3', '\x1b[13~'],
    ['S', 'F5', 'F5', '\x1b[15;2~'],
    ['', 'Delete', 'Delete', '\x1b[3~'],
    ['', 'Enter', 'NumpadEnter', '\x1b[57414u'],
    ['', 'ArrowUp', 'Numpad8', '\x1b[57419u'],
  ])('%s %s (%s) is %j', (spec, key, code, sent) => {
    expect(encodeKey(press(spec, key, code), META)).toBe(sent);
  });

  test.each([
    ['text', press('', 'a')],
    ['text with Shift', press('S', 'A')],
    ['Shift and space', press('S', ' ', 'Space')],
    ['a digit of the keypad', press('', '7', 'Numpad7')],
    ["the system's own chords", press('M', 'c')],
    ['AltGr, which writes', press('CAG', '@', 'KeyQ')],
    ['a modifier alone', press('C', 'Control', 'ControlLeft')],
    ['a dead key', press('', 'Dead', 'Backquote')],
  ])('%s stays with the terminal', (_, key) => {
    expect(encodeKey(key, META)).toBeNull();
  });

  test('a Mac writes with Option, unless a person chose that it is Meta', () => {
    expect(encodeKey(press('A', 'å', 'KeyA'), { altIsMeta: false })).toBeNull();
    expect(encodeKey(press('A', 'ArrowLeft', 'ArrowLeft'), { altIsMeta: false })).toBe('\x1b[1;3D');
  });

  test('nothing is taken from an input method', () => {
    expect(encodeKey({ ...press('', 'Enter', 'Enter'), isComposing: true }, META)).toBeNull();
  });
});
