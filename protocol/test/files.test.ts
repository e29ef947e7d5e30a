import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import { fileNameOf, fileTypeOf, imageTypeOf, LIMITS } from '../src/index.ts';

const bytes = (...values: number[]) => new Uint8Array([...values, ...new Array<number>(16).fill(0)]);
const ascii = (text: string) => bytes(...[...text].map((char) => char.charCodeAt(0)));
const PNG = bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

describe('[C15] what an uploaded file is', () => {
  it('[C15] is an image only where its bytes begin as one', () => {
    expect(imageTypeOf(PNG)).toBe('image/png');
    expect(imageTypeOf(bytes(0xff, 0xd8, 0xff, 0xe0))).toBe('image/jpeg');
    expect(imageTypeOf(ascii('GIF89a'))).toBe('image/gif');
    expect(imageTypeOf(ascii('RIFF\0\0\0\0WEBP'))).toBe('image/webp');
    for (const text of ['GIF8', 'RIFF\0\0\0\0WAVE', '<svg xmlns="">', '<html>', ''])
      expect(imageTypeOf(ascii(text))).toBeNull();
  });

  it('[C15] is what its sender says only where that is no image', () => {
    expect(fileTypeOf('text/html', PNG)).toBe('image/png');
    expect(fileTypeOf('image/png', ascii('<html>'))).toBe('application/octet-stream');
    expect(fileTypeOf('image/svg+xml', ascii('<svg>'))).toBe('application/octet-stream');
    expect(fileTypeOf('Text/Plain; charset=utf-8', ascii('a'))).toBe('text/plain');
    expect(fileTypeOf('text/plain\r\nx: y', ascii('a'))).toBe('application/octet-stream');
  });
});

describe('[C15] the name of an uploaded file', () => {
  it.each([
    ['photo.png', 'photo.png'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\a.txt', 'a.txt'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['a\r\nSet-Cookie: x', 'aSet-Cookie_ x'],
    ['..', 'file'],
    ['', 'file'],
    ['"quoted".png', '_quoted_.png'],
  ])('[C15] %j becomes %j', (given, name) => {
    expect(fileNameOf(given)).toBe(name);
  });

  it('[C15] has at most 200 characters and keeps its end', () => {
    const name = fileNameOf(`${'a'.repeat(500)}.png`);
    expect(name).toHaveLength(LIMITS.titleChars);
    expect(name.endsWith('a.png')).toBe(true);
  });

  it('[C15] is always one line that is no path, and stays what it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (given) => {
        const name = fileNameOf(given);
        expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}/\\"]/u);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(LIMITS.titleChars);
        expect(fileNameOf(name)).toBe(name);
      }),
    );
  });
});
