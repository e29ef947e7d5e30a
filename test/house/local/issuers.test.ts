import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../worker/local/config.ts';
import { issuersFrom } from '../../../worker/local/issuers.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-test-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (text: string) => {
  const path = join(directory, 'issuers.json');
  writeFileSync(path, text);
  return path;
};

describe('[X2] --issuers', () => {
  it('is the setting as it stands in the file; without one there are none', () => {
    const text = JSON.stringify([{ kind: 'access', teamDomain: 'us.example.com', audience: 'a' }]);
    expect(issuersFrom(file(text))).toBe(text);
    expect(issuersFrom(null)).toBe('');
  });

  it('[X13] is refused before anything is started, in words and without what stands there', () => {
    const wrong = () =>
      issuersFrom(file('[{"kind":"secret","issuer":"a","audience":"b","secret":"hunter2"}]'));
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(/--issuers .*issuers\.json: in 0\.secret/);
    expect(wrong).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
    expect(() => issuersFrom(join(directory, 'none.json'))).toThrow(UsageError);
    expect(() => issuersFrom(file('{'))).toThrow('must be JSON');
  });
});
