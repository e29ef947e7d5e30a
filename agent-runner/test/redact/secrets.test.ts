import { expect, test } from 'vitest';
import { ENCODED_CHARS, encodingsOf } from '../../src/redact/encodings.ts';
import { secretsOf } from '../../src/redact/secrets.ts';

const VALUE = 'value-of-it';
const isSecret = (name: string, declared: string[] = []) =>
  secretsOf({ [name]: VALUE }, { secrets: declared }).whole.length === 1;

test('[X7] a variable with a secret-like name holds a secret, and one that is declared', () => {
  const names = ['TOKEN', 'GITHUB_TOKEN', 'npm_config__authToken', 'DB_PASSWORD', 'PGPASSWD', 'MYSQL_PWD'];
  names.push(
    'API_KEY',
    'APIKEY',
    'AWS_ACCESS_KEY_ID',
    'CLIENT_SECRET',
    'CREDENTIALS',
    'SMTP_PASS',
    'SENTRY_DSN',
  );
  expect(names.filter((name) => !isSecret(name))).toEqual([]);
  const others = ['PATH', 'PWD', 'OLDPWD', 'SSH_AUTH_SOCK', 'KEYBOARD', 'DB_PASSWORD_FILE', 'SSH_KEY_PATH'];
  expect(others.filter((name) => isSecret(name))).toEqual([]);
  expect(isSecret('LICENCE')).toBe(false);
  expect(isSecret('LICENCE', ['LICENCE'])).toBe(true);
});

test('[X7] what is shorter than 8 characters is no secret, and blanks around it are none of it', () => {
  expect(secretsOf({ A_TOKEN: '1234567', B_TOKEN: ' 12345678\n', C_TOKEN: '12345678' }, {}).whole).toEqual([
    '12345678',
  ]);
});

const forms = (secret: string) => encodingsOf([secret]).map(String);

test('[X7] is looked for in base64 wherever in it the secret begins', () => {
  const secret = 's3cr>t?~';
  for (const before of ['', 'u', 'us', 'use', 'user:']) {
    for (const after of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(before + secret + after);
      for (const encoded of [text.toString('base64'), text.toString('base64url')]) {
        const own = forms(secret).filter((form) => encoded.includes(form));
        // All but the letters at its ends, which hold bits of others, and the padding.
        const longest = Math.max(...own.map((form) => form.length));
        expect(longest).toBeGreaterThanOrEqual(Math.floor((secret.length * 8) / 6) - 1);
      }
    }
  }
});

test.each([
  ['hex', (secret: string) => Buffer.from(secret).toString('hex')],
  ['upper-case hex', (secret: string) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['percent-encoding', encodeURIComponent],
  [
    'percent-encoding in small letters',
    (s: string) => encodeURIComponent(s).replace(/%../g, (c) => c.toLowerCase()),
  ],
  ['a form', (secret: string) => new URLSearchParams({ a: secret }).toString().slice(2)],
  ['JSON', (secret: string) => JSON.stringify(secret).slice(1, -1)],
  [
    'JSON with slashes escaped',
    (secret: string) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  ],
  ['a terminal', (secret: string) => secret.replaceAll('\n', '\r\n')],
])('[X7] is looked for in %s', (_, encode) => {
  expect(forms('pä"ss/wo rd+\n(1)')).toContain(encode('pä"ss/wo rd+\n(1)'));
});

test('[X7] is looked for in JSON of ASCII alone, and in JSON that is safe in HTML', () => {
  expect(forms('pässword')).toContain('p\\u00e4ssword');
  expect(forms('a<b>&password')).toContain('a\\u003cb\\u003e\\u0026password');
});

test('[X7] very long secrets are looked for as they are alone, so that patterns are bounded', () => {
  const long = 'ä'.repeat(ENCODED_CHARS);
  expect(encodingsOf([long, 'short-one']).map(String)).toEqual([...forms('short-one'), long]);
});
