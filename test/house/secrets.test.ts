import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditFaults, lockFaults } from '../../scripts/lib/dependencies.mjs';
import { scan, secretsIn } from '../../scripts/lib/secrets.mjs';

const RANDOM = 'q7Zr0Lw3Xb9Ty5Nc1Hf8Jk2Vd6Ms4Pg';
/** Put together here, so that this file holds none. */
const PLANTED: readonly [string, string][] = [
  ['a private key', `-----BEGIN ${'EC PRIVATE'} KEY-----`],
  ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----`],
  ['the private half of a JWK', `{"kty":"OKP","${'d'}":"${RANDOM}${RANDOM}"}`],
  ['a JSON web token', `Bearer ${'eyJ'}${RANDOM}.${'eyJ'}${RANDOM}.${RANDOM}`],
  ['a token of Muster', `${'mst'}_a1_${RANDOM}${RANDOM}`],
  ['a token of GitHub', `url = https://${'gh'}p_${RANDOM}abcdef@example.com`],
  ['a token of npm', `_authToken=${'npm'}_${RANDOM}abcdef`],
  ['a key of AWS', `id ${'AKI'}A${'Q7ZR0LW3XB9TY5NC'}`],
  ['a token of Slack', `${'xox'}b-${RANDOM}`],
  ['a key of a language model', `${'sk'}-ant-${RANDOM}${RANDOM}`],
  ['a secret that is written out', `const api${'Key'} = '${RANDOM}';`],
  ['a secret that is written out', `MUSTER_${'KEY'}=${RANDOM}`],
  ['a secret that is written out', `"client_${'secret'}": "${RANDOM}"`],
];

describe('the scan for secrets', () => {
  it.each(PLANTED)('finds %s: %s', (what, line) => {
    expect(secretsIn(`first\n${line}\nlast`)).toEqual([{ line: 2, what }]);
  });

  it.each([
    "const token = await signToken(key, 'access', body, now);",
    'token: z.string().max(LIMITS.tokenChars),',
    "const password = 'correct horse battery staple';",
    'secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY',
    "const PASSWORD_FIELD = 'current-password-of-a-person';",
    '"integrity": "sha512-q7Zr0Lw3Xb9Ty5Nc1Hf8Jk2Vd6Ms4Pg=="',
  ])('leaves alone what is none: %s', (line) => {
    expect(secretsIn(line)).toEqual([]);
  });

  it('takes a reason for a line that only looks like one, and nothing else', () => {
    const [, line = ''] = PLANTED[0] ?? [];
    expect(secretsIn(`${line} // not a secret: it opens nothing`)).toEqual([]);
    expect(secretsIn(`${line} // not a secret`)).toHaveLength(1);
  });

  it('reads what git keeps, says where, and not what it is', () => {
    const root = mkdtempSync(join(tmpdir(), 'muster-scan-'));
    const git = (...args: string[]) => execFileSync('git', args, { cwd: root });
    git('init', '-q');
    const [, line = ''] = PLANTED[5] ?? [];
    writeFileSync(join(root, 'kept.txt'), `ok\n\n${line}\n`);
    writeFileSync(join(root, 'loose.txt'), line);
    git('add', 'kept.txt');
    expect(scan(root)).toEqual(['kept.txt:3: a token of GitHub']);
    rmSync(root, { recursive: true });
  });
});

describe('the scan of dependencies', () => {
  const entry = { integrity: 'sha512-x' };
  const lock = (packages: Record<string, object>) => ({ packages });

  it('takes no package that is not pinned, and no script that nobody allowed', () => {
    expect(lockFaults(lock({ '': {}, a: { link: true }, 'node_modules/a': entry }), {})).toEqual([]);
    const faults = lockFaults(
      lock({ 'node_modules/b': {}, 'x/node_modules/@c/d': { ...entry, hasInstallScript: true } }),
      { b: true },
    );
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['b', '@c/d']);
    expect(lockFaults(lock({ 'node_modules/e': { ...entry, hasInstallScript: true } }), { e: true })).toEqual(
      [],
    );
  });

  it('fails for grave holes only, and not where nobody answers', () => {
    const report = (severity: string) =>
      JSON.stringify({
        metadata: { vulnerabilities: { [severity]: 1 } },
        vulnerabilities: { left: { name: 'left', severity, range: '<2' } },
      });
    expect(auditFaults(report('critical'))).toEqual(['left <2: a critical vulnerability (npm audit)']);
    expect(auditFaults(report('moderate'))).toEqual([]);
    expect(auditFaults('{"message": "405 Method Not Allowed"}')).toBeNull();
    expect(auditFaults('')).toBeNull();
  });
});
