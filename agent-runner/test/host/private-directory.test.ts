import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensurePrivateDirectory } from '../../src/host/private-directory.ts';
import { keepFilesPrivate, ownersUmask } from '../../src/host/umask.ts';
import { UserError } from '../../src/host/user-error.ts';
import { withUmask } from '../../src/program/umask.ts';

const ROOT = process.geteuid?.() === 0;
const NOBODY = 65_534;

let base: string;
let data: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'muster-private-')));
  data = join(base, 'data');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

describe('[X16] a directory of this account alone', () => {
  test('is made as one, with all that had to be made around it', () => {
    expect(ensurePrivateDirectory(join(data, 'deeper'))).toBe(join(data, 'deeper'));
    expect([mode(data), mode(join(data, 'deeper'))]).toEqual([0o700, 0o700]);
  });

  test.each([0o755, 0o750, 0o701, 0o710, 0o770])(
    'is refused while others can enter it (%o), with the command that mends it',
    (bits) => {
      mkdirSync(data);
      chmodSync(data, bits);
      expect(() => ensurePrivateDirectory(data)).toThrow(UserError);
      expect(() => ensurePrivateDirectory(data)).toThrow(`chmod 700 ${data}`);
      // As it was: what is in there may be meant for others.
      expect(mode(data)).toBe(bits);
      chmodSync(data, 0o700);
      expect(ensurePrivateDirectory(data)).toBe(data);
    },
  );

  test('names a path with blanks and quotes as a shell takes it', () => {
    const odd = join(base, "it's here");
    mkdirSync(odd);
    chmodSync(odd, 0o755);
    expect(() => ensurePrivateDirectory(odd)).toThrow(`chmod 700 '${base}/it'\\''s here'`);
  });

  test('is refused where others could put another in its place, but for sticky directories', () => {
    chmodSync(base, 0o777);
    expect(() => ensurePrivateDirectory(data)).toThrow(`chmod go-w ${base}`);
    chmodSync(base, 0o1777);
    expect(ensurePrivateDirectory(data)).toBe(data);
  });

  test('may lie where the account’s own group can write, and not where another can', () => {
    chmodSync(base, 0o775);
    expect(ensurePrivateDirectory(data)).toBe(data);
    if (!ROOT) return;
    chownSync(base, 0, NOBODY);
    expect(() => ensurePrivateDirectory(data)).toThrow(`chmod go-w ${base}`);
  });

  test('is found by links of its own account', () => {
    mkdirSync(data, { mode: 0o700 });
    symlinkSync('data', join(base, 'link'));
    expect(ensurePrivateDirectory(join(base, 'link'))).toBe(data);
    chmodSync(data, 0o755);
    expect(() => ensurePrivateDirectory(join(base, 'link'))).toThrow(`chmod 700 ${data}`);
  });

  test.runIf(ROOT)('is not another account’s, nor behind its link, nor in its directory', async () => {
    const { lchownSync } = await import('node:fs');
    mkdirSync(data, { mode: 0o700 });
    symlinkSync('data', join(base, 'link'));
    lchownSync(join(base, 'link'), NOBODY, NOBODY);
    expect(() => ensurePrivateDirectory(join(base, 'link'))).toThrow('a link of another account');
    mkdirSync(join(data, 'inside'), { mode: 0o700 });
    chownSync(data, NOBODY, NOBODY);
    expect(() => ensurePrivateDirectory(data)).toThrow('belongs to another account');
    expect(() => ensurePrivateDirectory(join(data, 'inside'))).toThrow('belongs to another account');
  });

  test('is no file', () => {
    expect(() => ensurePrivateDirectory('/proc/self/exe')).toThrow();
    expect(existsSync(data)).toBe(false);
  });
});

test('[X16] what Muster writes is its own; a program writes as its account would', () => {
  const before = process.umask(0o027);
  const { MUSTER_UMASK: outer } = process.env;
  delete process.env['MUSTER_UMASK'];
  try {
    keepFilesPrivate();
    // A child of ours does the same, and finds what was before the first of them.
    keepFilesPrivate();
    mkdirSync(data);
    expect(mode(data)).toBe(0o700);
    withUmask(ownersUmask(), () => mkdirSync(join(data, 'theirs')));
    expect(mode(join(data, 'theirs'))).toBe(0o750);
    expect(process.umask()).toBe(0o077);
  } finally {
    process.umask(before);
    if (outer === undefined) delete process.env['MUSTER_UMASK'];
    else process.env['MUSTER_UMASK'] = outer;
  }
});
