import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Automaton } from '../../src/redact/automaton.ts';
import { encodingsOf } from '../../src/redact/encodings.ts';
import { Redactor } from '../../src/redact/redactor.ts';
import { type DeclaredSecrets, secretsOf } from '../../src/redact/secrets.ts';
import { verdictOf, wordsOf } from '../../src/redact/variable-names.ts';
import { joined } from '../../src/spool/bytes.ts';

/** Random by hand, so that no scanner takes them for real secrets: assembled here, never written whole. */
const LETTERS = 'aZ3kQ9xB7mT2vN8cR5wL1pD6fH4jG0sYuEiOaXzKqVbMtWnC';
const random = (length: number) => LETTERS.repeat(4).slice(0, length);
const hex = (length: number) => '3fa9c07e5b12d8460af1'.repeat(4).slice(0, length);
const of = (...parts: string[]) => parts.join('');

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const JWT = of('eyJhbGciOiJIUzI1NiJ9', '.', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.', random(43));

interface Kind {
  readonly name: string;
  readonly value: string;
  /** Secrets that a program could print and that must be masked. */
  readonly hidden: readonly string[];
}
const url = (name: string, value: string, ...hidden: string[]): Kind => ({ name, value, hidden });
const prefixed = (prefix: string, length: number, text = random(length)): Kind => ({
  name: 'SETTING',
  value: `--with ${prefix}${text} --else`,
  hidden: [prefix + text],
});

const KINDS: readonly Kind[] = [
  url('DATABASE_URL', 'postgres://app:Tr0ub4dor-3x@db:5432/app?sslmode=require', 'Tr0ub4dor-3x'),
  url('DATABASE_URL', 'postgresql://app:p%40ss%2Fw0rd%21@db/app', 'p%40ss%2Fw0rd%21', 'p@ss/w0rd!'),
  url('DATABASE_URL', 'postgres://app:we#ird/pa?ss@db/app', 'we#ird/pa?ss'),
  url('REDIS_URL', 'redis://:9fK2-long-one@cache:6379/0', '9fK2-long-one'),
  url('HTTPS_PROXY', 'http://me:hunter2hunter2@proxy.example:3128', 'hunter2hunter2'),
  url('https_proxy', 'http://corp%5Cme:Pa%24%24w0rd99@proxy:3128', 'Pa%24%24w0rd99', 'Pa$$w0rd99'),
  url('AMQP', 'amqp://guest:short@mq:5672,amqp://b:longer-secret@mq2', 'guest:short@', 'longer-secret'),
  url('PGURL', 'postgres://postgres:postgres@localhost:5432/x', 'postgres:postgres@'),
  url('GIT_REMOTE', of('https://', random(24), '@git.example/repo.git'), random(24)),
  url('JDBC', 'jdbc:postgresql://db/app?user=me&password=s3cr3t-enough', 's3cr3t-enough'),
  url('AZURE', of('AccountName=x;AccountKey=', random(43), '=;EndpointSuffix=core'), `${random(43)}=`),
  url('ADO', 'Server=db;Database=a;User Id=me;Password=Str0ng-enough;', 'Str0ng-enough'),
  url('SIGNED', of('https://b.example/o?X-Sig=1&sig=', random(32), '&x=1'), random(32)),
  url('SLACK_WEBHOOK_URL', of('https://hooks.slack.com/services/T0AB/B0CD/', random(24)), random(24)),
  url('ALERTS', of('https://hooks.slack.com/services/T0AB/B0CD/', 'X'.repeat(24)), 'X'.repeat(24)),
  url('DISCORD', of('https://discord.com/api/webhooks/112233445566778899/', random(68)), random(68)),
  url('TEAMS', of('https://x.webhook.office.com/webhookb2/', hex(36), '/IncomingWebhook/', hex(32)), hex(32)),
  url('TELEGRAM', of('https://api.telegram.org/bot123456789:', random(35), '/send'), random(35)),
  url('NOTIFY_WEBHOOK_URL', 'https://example.com/notify/me-and-you', '/notify/me-and-you'),
  url('JWT', JWT, JWT),
  url('SESSION', `x ${JWT} y`, JWT, random(43)),
  url('GITHUB_PAT', 'anything-at-all', 'anything-at-all'),
  url('TLS', privateKey, ...privateKey.split('\n').slice(1, -2), privateKey.trim()),
  url('TLS', privateKey.replaceAll('\n', '\\n'), ...privateKey.split('\n').slice(1, -2), privateKey.trim()),
  url('GCP', JSON.stringify({ a: 1, private_key: privateKey }), ...privateKey.split('\n').slice(1, -2)),
  url('TLS_B64', Buffer.from(privateKey).toString('base64'), Buffer.from(privateKey).toString('base64')),
  url('HEADERS', of('Authorization: Bearer ', random(40)), random(40)),
  url('OTEL', of('authorization=Basic ', btoa('me:s3cret-of-me')), btoa('me:s3cret-of-me'), 's3cret-of-me'),
  url('dbPassword', 'correcthorse', 'correcthorse'),
  url('OPENAI_KEY', random(20), random(20)),
  url('API_KEY', 'plain-words-all', 'plain-words-all'),
  ...[
    'ghp_',
    'gho_',
    'ghs_',
    'github_pat_',
    'glpat-',
    'glrt-',
    'sk-',
    'sk-ant-api03-',
    'sk-proj-',
    'npm_',
    'pypi-',
  ].map((prefix) => prefixed(prefix, 40)),
  ...[
    'xoxb-',
    'xoxp-',
    'xapp-1-',
    'hf_',
    'gsk_',
    'GOCSPX-',
    'whsec_',
    'sk_live_',
    'rk_test_',
    'hvs.',
    'ATATT3',
  ].map((prefix) => prefixed(prefix, 40)),
  prefixed('AIza', 35),
  prefixed('AKIA', 16, 'QZ7XK4M2B9N1C8VP'),
  prefixed('dop_v1_', 64, hex(64)),
  prefixed('SG.', 0, of(random(22), '.', random(43))),
  prefixed('shpat_', 32, hex(32)),
  {
    name: 'AWS_SECRET_ACCESS_KEY',
    value: of(random(20), '/', random(19)),
    hidden: [of(random(20), '/', random(19))],
  },
];

/** The output that passes for a text that comes in these pieces, a millisecond apart. */
function printed(
  environment: Record<string, string>,
  pieces: readonly Buffer[],
  declared: DeclaredSecrets = {},
): string {
  const { whole, parts } = secretsOf(environment, declared);
  if (whole.length + parts.length === 0) return Buffer.concat(pieces).toString();
  const redactor = new Redactor(new Automaton(encodingsOf(whole, parts)));
  const out = pieces.map((piece, at) => redactor.push(piece, at));
  return Buffer.from(joined([...out, redactor.end()])).toString();
}

/** A leak is 4 consecutive bytes of a secret (X7). */
function expectHidden(text: string, hidden: string): void {
  const bytes = Buffer.from(hidden).toString('latin1');
  const shown = Buffer.from(text).toString('latin1');
  const fours = Array.from({ length: Math.max(0, bytes.length - 3) }, (_, at) => bytes.slice(at, at + 4));
  // Line ends are left as they are.
  expect(fours.filter((four) => !/[*\r\n]/.test(four) && shown.includes(four))).toEqual([]);
}

describe('[X21] battery 17: a secret is known by what it is, wherever output is cut', () => {
  test.each(KINDS)('$name=$value', ({ name, value, hidden }) => {
    for (const secret of hidden) {
      const text = Buffer.from(`<<${secret}>>`);
      expectHidden(printed({ [name]: value }, [text]), secret);
      // Every cut of a short one; of a key some, and then all at once in small pieces.
      const all = Array.from({ length: text.length - 1 }, (_, at) => at + 1);
      for (const cut of text.length > 100 ? [1, 5, 64, 65, text.length - 3] : all)
        expectHidden(printed({ [name]: value }, [text.subarray(0, cut), text.subarray(cut)]), secret);
      const size = text.length > 100 ? 7 : 1;
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.subarray(at * size, (at + 1) * size),
      );
      expectHidden(printed({ [name]: value }, pieces), secret);
    }
  });

  test('and in the encodings of it', () => {
    const environment = { DATABASE_URL: 'postgres://app:Tr0ub4dor&3x@db/app' };
    const secret = 'Tr0ub4dor&3x';
    for (const form of [
      Buffer.from(secret).toString('hex'),
      encodeURIComponent(secret),
      JSON.stringify(secret),
    ])
      expect(printed(environment, [Buffer.from(form)])).toMatch(/^"?\*+"?$/);
    expect(printed(environment, [Buffer.from(btoa(`u:${secret}`))]).replaceAll('*', '').length).toBeLessThan(
      8,
    );
  });

  test('several of them in one variable, cut anywhere', () => {
    const value = `${JWT} redis://:first-secret@a ${of('ghp_', random(36))}`;
    fc.assert(
      fc.property(fc.array(fc.nat(value.length), { maxLength: 12 }), (cuts) => {
        const places = [...new Set([0, ...cuts, value.length])].sort((a, b) => a - b);
        const pieces = places.slice(1).map((end, at) => Buffer.from(value.slice(places[at], end)));
        const text = printed({ X: value }, pieces);
        for (const secret of [JWT, 'first-secret', of('ghp_', random(36))]) expectHidden(text, secret);
      }),
    );
  });
});

/** Names and values that only look like secrets and must not be masked. */
const PLAIN: readonly (readonly [string, string])[] = [
  ['CACHE_KEY', 'node_modules'],
  ['PRIMARY_KEY', 'customer_id'],
  ['PRIMARY_KEY', 'aB3dE6gH9jK2mN5p'],
  ['HF_TOKENIZER', 'meta-llama/Llama-3.1-8B'],
  ['TOKENIZERS_PARALLELISM', 'parallel-yes'],
  ['MAX_TOKENS', '1234567890'],
  ['SORT_KEY', 'created_at'],
  ['PUBLIC_KEY', random(40)],
  ['NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY', 'pk-of-a-shop'],
  ['KEYBOARD_LAYOUT', 'us-international'],
  ['MONKEY', 'banana-split'],
  ['COMPASS', 'north-north-east'],
  ['SECRETARY', 'somebody-else'],
  ['PASSENGER_ROOT', '/usr/share/passenger'],
  ['AUTHOR', 'Ada Lovelace'],
  ['AUTH', 'disabled'],
  ['GIT_AUTHOR_NAME', 'Grace Hopper'],
  ['TOKEN_FILE', '/run/secrets/token'],
  ['DB_PASSWORD_FILE', '/run/secrets/password'],
  ['SECRET_NAME', 'production-database'],
  ['SECRETS_DIR', '/run/secrets/here'],
  ['TOKEN', '/run/secrets/token'],
  ['TOKEN_URL', 'https://issuer.example/oauth/token'],
  ['COOKIE_DOMAIN', '.example.example'],
  ['S3_KEY', 'backups/daily.tar'],
  ['SSH_AUTH_SOCK', '/tmp/ssh-agent/agent.123'],
  ['PWD', '/home/somebody/project'],
  ['HOME', '/home/somebody'],
  ['DATABASE_URL', 'postgres://db.internal:5432/application'],
  ['HOMEPAGE', 'https://example.com/docs/getting-started?tab=install'],
  ['REPOSITORY', 'git@github.com:somebody/something.git'],
  ['REPOSITORY', 'https://somebody@git.example/something.git'],
  ['LS_COLORS', 'rs=0:di=01;34:ln=01;36:mh=00'],
  ['CERTIFICATE', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
  ['SK', 'sk-learn-is-a-library'.slice(0, 12)],
  ['MASK', 'task-runner-of-mine'],
];

test.each(PLAIN)('[X21] %s=%s is no secret', (name, value) => {
  const text = `${name}=${value} and ${value}\n`;
  expect(printed({ [name]: value }, [Buffer.from(text)])).toBe(text);
});

test('[X21] words, not parts of words', () => {
  expect(wordsOf('HTTPServerAPIKey2')).toEqual(['http', 'server', 'api', 'key']);
  expect(wordsOf('npm_config__authToken')).toEqual(['npm', 'config', 'auth', 'token']);
  const names = [
    'PGPASSWORD',
    'GITHUBTOKEN',
    'SSHPASS',
    'API_KEYS',
    'AWS_ACCESS_KEY_ID',
    'VAULT_SECRET_ID',
    'DJANGO_SECRET',
  ];
  expect(names.filter((name) => verdictOf(name) !== 'secret')).toEqual([]);
});

test('[X21] a variable can be exempted, and declared', () => {
  const environment = {
    PRIMARY_KEY: 'aB3dE6gH9jK2mN5p',
    API_TOKEN: 'one-of-the-tokens',
    LICENCE: 'four words are here',
  };
  const all = Buffer.from(Object.values(environment).join('\n'));
  expect(printed(environment, [all])).toContain('****');
  const shown = printed(environment, [all], { notSecrets: ['API_TOKEN'], secrets: ['LICENCE'] });
  expect(shown).toContain('one-of-the-tokens');
  expect(shown).not.toContain('words');
  const url = { PGURL: 'postgres://a:not-really-secret@b' };
  expect(printed(url, [Buffer.from('not-really-secret')], { notSecrets: ['PGURL'] })).toBe(
    'not-really-secret',
  );
});

test('[X21] any value is looked through in bounded time', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 4_000 }), (value) => {
      secretsOf({ X: value, MY_TOKEN: value }, {});
    }),
  );
  const before = performance.now();
  for (const unit of [
    '://',
    '://a:',
    'a=',
    of('-----BEGIN PRIV', 'ATE KEY-----'),
    'eyJ',
    'x@',
    '/',
    'https://a/',
    'A1',
    ' Basic ',
  ])
    secretsOf({ X: unit.repeat(32_768 / unit.length) }, {});
  expect(performance.now() - before).toBeLessThan(3_000);
});
