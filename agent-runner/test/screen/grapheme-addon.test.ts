import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

/** Fills the start of the pool that the next small Buffer comes from, then loads the module and measures with it. */
const script = (fill: number, module: string) => `
  Buffer.allocUnsafe(Buffer.poolSize / 2 - 8);
  Buffer.allocUnsafe(Buffer.poolSize / 2 - 8);
  Buffer.allocUnsafe(1000).fill(${fill});
  const pool = Buffer.poolSize;
  const { UnicodeGraphemesAddon } = await import(${module});
  const found = [];
  new UnicodeGraphemesAddon().activate({ unicode: { register: (provider) => found.push(provider), activeVersion: '' } });
  console.log(found.map((provider) => provider.wcwidth(0x1f98a)).join(), Buffer.poolSize === pool);
`;

// Bytes left in the pool would otherwise be read as the header of the add-on's table.
test.each([0, 1, 0x61, 0xff])('the add-on measures emoji whatever lies in the Buffer pool: %i', (fill) => {
  const source = script(fill, at('../../src/screen/grapheme-addon.ts'));
  const args = ['--no-warnings', '--input-type=module', '--eval', source];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).toBe('2,2 true');
});
