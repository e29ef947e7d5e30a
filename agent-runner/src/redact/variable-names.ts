/** What a variable's name implies about its value. `perhaps`: it is a secret unless it reads like words. */
export type Verdict = 'secret' | 'perhaps' | 'no';

/** Words that say it, wherever in a name they stand. */
const SECRET = new Set([
  ...['token', 'tokens', 'secret', 'secrets', 'password', 'passwords', 'passwd', 'passphrase', 'passcode'],
  ...[
    'credential',
    'credentials',
    'creds',
    'jwt',
    'pat',
    'apikey',
    'apikeys',
    'mnemonic',
    'sshpass',
    'webhook',
  ],
]);
/** … and written together with the word before, as in PGPASSWORD. */
const SECRET_ENDS =
  /(?:token|secret|passwd|password|apikey|accesskey|secretkey|privatekey|connectionstring)$/;
/** They say it at the end only: of COOKIE_DOMAIN, AUTH_MODE and PASS_COUNT nobody makes a secret. */
const LAST = new Set(['pass', 'pwd', 'pw', 'dsn', 'salt', 'pepper', 'bearer']);
const LAST_PERHAPS = new Set(['auth', 'cookie', 'cookies', 'authorization', 'pin']);
/** A key that opens something … */
const OPENING = new Set([
  ...[
    'api',
    'access',
    'secret',
    'private',
    'encryption',
    'encrypt',
    'signing',
    'sign',
    'master',
    'deploy',
    'license',
  ],
  ...[
    'licence',
    'service',
    'auth',
    'account',
    'admin',
    'app',
    'application',
    'client',
    'consumer',
    'webhook',
    'write',
  ],
  ...[
    'shared',
    'session',
    'cookie',
    'jwt',
    'hmac',
    'aes',
    'rsa',
    'ssh',
    'gpg',
    'pgp',
    'tls',
    'ssl',
    'storage',
  ],
]);
/** … and one that finds something, or that everybody may know. */
const FINDING = new Set([
  ...[
    'primary',
    'foreign',
    'public',
    'publishable',
    'cache',
    'sort',
    'partition',
    'hash',
    'range',
    'group',
    'row',
  ],
  ...[
    'map',
    'lookup',
    'shard',
    'routing',
    'object',
    'natural',
    'composite',
    'unique',
    'surrogate',
    'dedup',
    'config',
  ],
  ...[
    'translation',
    'i18n',
    'hot',
    'arrow',
    'function',
    'meta',
    'modifier',
    'shortcut',
    'registry',
    'known',
    'idempotency',
  ],
  ...[
    'index',
    'record',
    'field',
    'column',
    'label',
    'tag',
    'sorting',
    'grouping',
    'query',
    'enter',
    'home',
    'escape',
  ],
]);
/** At its end these say that the value tells of a secret and is none: where it lies, how it is made, what it is called. */
const ABOUT = new Set([
  ...[
    'file',
    'files',
    'path',
    'paths',
    'dir',
    'directory',
    'folder',
    'location',
    'bucket',
    'store',
    'storage',
  ],
  ...[
    'name',
    'names',
    'type',
    'kind',
    'format',
    'version',
    'prefix',
    'suffix',
    'header',
    'field',
    'param',
    'column',
  ],
  ...[
    'url',
    'uri',
    'endpoint',
    'host',
    'hostname',
    'port',
    'domain',
    'provider',
    'manager',
    'service',
    'backend',
  ],
  ...[
    'algorithm',
    'alg',
    'length',
    'size',
    'limit',
    'count',
    'max',
    'min',
    'ttl',
    'timeout',
    'lifetime',
    'age',
  ],
  ...[
    'expires',
    'expiry',
    'expiration',
    'duration',
    'interval',
    'enabled',
    'disabled',
    'required',
    'mode',
    'method',
  ],
  ...[
    'policy',
    'scope',
    'scopes',
    'issuer',
    'audience',
    'region',
    'budget',
    'usage',
    'model',
    'strategy',
    'command',
  ],
]);
/** Of these, the number that a model may print. */
const COUNTED = new Set(['max', 'min', 'total', 'num', 'limit', 'context', 'output', 'input', 'prompt']);

/** `GITHUB_PAT`, `dbPassword` and `api-key2` by their words. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/(?<=[a-z])\d+$/, ''))
    .filter((word) => word !== '' && !/^\d+$/.test(word));
}

/** X21: a name counts by its words, not by a part of one: HF_TOKENIZER has no token. */
export function verdictOf(name: string): Verdict {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  const before = words.at(-2);
  if (words.length > 1 && ABOUT.has(last)) return 'no';
  if (last === 'tokens' && words.some((word) => COUNTED.has(word))) return 'no';
  const connection = words.some((word, at) => word === 'connection' && words[at + 1] === 'string');
  if (connection || words.some((word) => SECRET.has(word) || SECRET_ENDS.test(word))) return 'secret';
  if (words.length > 1 && LAST.has(last)) return 'secret';
  if (LAST_PERHAPS.has(last)) return 'perhaps';
  const at = words.findLastIndex((word) => word === 'key' || word === 'keys');
  if (at < 0) return 'no';
  const of = words[at - 1];
  // AWS_ACCESS_KEY_ID, API_KEY_STAGING; but KEY_REPEAT is no key.
  if (of !== undefined && OPENING.has(of)) return 'secret';
  if (at < words.length - 1 || (of ?? before) === undefined) return last.startsWith('key') ? 'perhaps' : 'no';
  return of !== undefined && FINDING.has(of) ? 'no' : 'perhaps';
}

/** Made of words, as `node_modules`, `customer_id` and `./cache/v2` are: nobody's secret key. */
export function readsLikeWords(value: string): boolean {
  return value.split(/[^\p{L}\p{N}]+/u).every((part) => /^(?:\p{L}{0,15}\d{0,2}|\d{1,4})$/u.test(part));
}

/** A path is no secret, whatever its variable is called. */
export const isPath = (value: string): boolean => /^(?:~|\.{0,2})\/\S+$/.test(value) && readsLikeWords(value);
