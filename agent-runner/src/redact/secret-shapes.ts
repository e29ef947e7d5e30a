import { verdictOf } from './variable-names.ts';

/**
 * X21: secrets that are known by what they are. A table of our own: libraries of such patterns are for scanning
 * repositories, tens of megabytes, and look at whole files; a keeper looks at its variables, once a start (F11).
 */
const PREFIXED: readonly RegExp[] = [
  // GitHub, GitLab, Bitbucket and Atlassian.
  /\bgh[opsur]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_\w{20,}/g,
  /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|wt)-[\w.-]{16,}/g,
  /\bAT(?:ATT|CTT|BB)[\w=-]{16,}/g,
  // Clouds.
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{35}/g,
  /\bya29\.[\w-]{16,}/g,
  /\bGOCSPX-[\w-]{20,}/g,
  /\bdo[opr]_v1_[0-9a-f]{32,}/g,
  /\bdapi[0-9a-f]{32}/g,
  /\bAccountKey=([\w+/]{32,}={0,2})/g,
  /\bhv[sbr]\.[\w-]{20,}/g,
  /\b\w{14}\.atlasv1\.[\w-]{32,}/g,
  /\bpul-[0-9a-f]{40}/g,
  /\bops_eyJ[\w-]{32,}/g,
  /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w.]{32,}/g,
  /\bsb[ps]_[\w-]{20,}|\bsb_secret_[\w-]{16,}/g,
  // Models.
  /\bsk-[\w-]{16,}/g,
  /\b(?:hf|gsk|r8|fw|pplx|xai|tvly|nvapi|csk|jina|voyage|pa)[_-][A-Za-z0-9_-]{24,}/g,
  // Packages and containers.
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bpypi-[\w-]{32,}/g,
  /\brubygems_[0-9a-f]{32,}/g,
  /\bdckr_[a-z]+_[\w-]{20,}/g,
  // Money, mail and messages.
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}/g,
  /\bwhsec_[\w+/=-]{16,}/g,
  /\bsq0[a-z]{3}-[\w-]{22,}/g,
  /\bshp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
  /\bkey-[0-9a-f]{32}\b/g,
  /\bxox[a-z]-[\w-]{10,}|\bxox[a-z]\.[\w.-]{10,}|\bxapp-[\w-]{16,}/g,
  /\b\d{8,10}:[\w-]{35}\b/g,
  /\b[MNO][\w-]{23,}\.[\w-]{6}\.[\w-]{27,}/g,
  // Other credentials.
  /\blin_(?:api|oauth)_\w{32,}|\bfigd_[\w-]{32,}|\bntn_\w{32,}|\bsecret_\w{40,}|\bPMAK-[\w-]{40,}/g,
  /\bgl(?:sa|c)_[\w+/=-]{24,}|\bsntry[su]_[\w+/=-]{24,}|\bphx_\w{24,}|\bNRAK-\w{20,}/g,
  /\bAGE-SECRET-KEY-1\w{32,}/g,
  /\bmst_[\w-]{20,}/g,
];

const JWT = /\beyJ[\w-]{8,}\.[\w-]{8,}\.([\w-]*)/g;
const PEM = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----[\s\S]*?(?:-----END \1-----|$)/g;
/** base64 of `-----BEGIN `. */
const PEM_AS_BASE64 = /\bLS0tLS1CRUdJTi[\w+/=\s-]{32,}/g;
/** The value of a header. */
const AUTHORIZATION = /\b(?:Bearer|Basic|Token|ApiKey)\s+([\w.~+/=-]{8,})/gi;
/** `name=value` in a query, a connection string, or a header. */
const ASSIGNMENT = /(?:^|[?&;,\s{"'])([\w.-]{1,64})"?\s*[=:]\s*"?([^&;,\s"'}]+)/g;
/** Bounded, since each is looked for from every place. By the standard a password holds none of `/?#`; those who write one into it all the same are understood. */
const CREDENTIALS = [
  /:\/\/([^\s:/?#@]{0,256}):([^\s/?#]{0,1024})@(?=([^\s/?#,]{0,256}))/g,
  /:\/\/([^\s:/?#@]{0,256}):(\S{0,1024})@(?=([^\s/?#,]{0,256}))/g,
];
/** A user without a password is a token where it looks like one: `https://TOKEN@host`. */
const TOKEN_AS_USER = /:\/\/([^\s:/?#@]{16,512})(?::[^\s/?#@]{0,512})?@/g;
const ADDRESS = /\bhttps?:\/\/([^\s/"'<>]+)(\/[^\s"'<>]*)/gi;
const HOOK_HOST = /^hooks?\.|webhooks?\./i;
const HOOK_PATH = /\/(?:api\/|v\d+\/)*(?:web)?hooks?(?:b\d)?\/|\/bot\d+:|\/services\/T|\/with\/key\//i;

/** Passwords that stand in ordinary output for another reason: they are masked beside their user and host only. */
const COMMON = new Set([
  ...[
    'password',
    'passw0rd',
    'postgres',
    'postgresql',
    'mysql',
    'mariadb',
    'mongodb',
    'rabbitmq',
    'changeme',
    'localhost',
  ],
  ...['developer', 'development', 'example', 'username', 'database', 'superuser', 'administrator'],
]);
const SHORT = 8;
/** A part of a webhook's address that is so long is no word, characters. */
const LONG_PART = 20;

export interface FoundSecrets {
  /** Looked for as it is and in every encoding. */
  readonly whole: readonly string[];
  /** Parts of a secret, such as the lines of a key: looked for as they are. */
  readonly parts: readonly string[];
}

/** The secrets within a value, whatever its variable is called. `isHook`: that says that it is a webhook's address. */
export function secretsIn(value: string, isHook = false): FoundSecrets {
  const whole = [
    ...PREFIXED.flatMap((pattern) => matches(value, pattern).map((match) => match[1] ?? match[0])),
    ...matches(value, JWT).flatMap(([all, signature = '']) => [all, signature]),
    ...matches(value, PEM_AS_BASE64).map(([all]) => all),
    ...matches(value, AUTHORIZATION).flatMap(([, token = '']) => [token, ...fromBasic(token)]),
    ...assigned(value),
    ...credentials(value),
    ...matches(value, TOKEN_AS_USER).flatMap(([, user = '']) => (looksRandom(user) ? bothWays(user) : [])),
    ...hooks(value, isHook),
  ];
  const keys = matches(value, PEM).map(([all]) => all.replaceAll('\\r', '').replaceAll('\\n', '\n'));
  const asWritten = matches(value, PEM).map(([all]) => all);
  return { whole: [...whole, ...keys, ...asWritten], parts: keys.flatMap(linesOf) };
}

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)];

/** Of a key its lines without the marks, and all of them written as one. */
function linesOf(key: string): string[] {
  const lines = key
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('-----') && !/^[\w-]+: /.test(line));
  return [...lines, lines.join('')];
}

/** `Basic` is base64 of `user:password`. */
function fromBasic(token: string): string[] {
  const text = Buffer.from(token, 'base64').toString();
  const password = /^[^\s:\ufffd]+:([^\s\ufffd]+)$/.exec(text)?.[1];
  return password === undefined ? [] : [password];
}

function assigned(value: string): string[] {
  return matches(value, ASSIGNMENT).flatMap(([, name = '', secret = '']) =>
    verdictOf(name) === 'secret' || /^(?:sig|signature|pwd|pass|code)$/i.test(name) ? bothWays(secret) : [],
  );
}

function credentials(value: string): string[] {
  for (const pattern of CREDENTIALS) {
    const found = matches(value, pattern);
    if (found.length === 0) continue;
    return found.flatMap(([, user = '', password = '', host = '']) => {
      const isCommon = COMMON.has(password.toLowerCase()) || password === user || host.startsWith(password);
      if (password.length >= SHORT && !isCommon) return bothWays(password);
      return password === '' ? [] : [`${user}:${password}@`, `${user}:${password}@${host}`];
    });
  }
  return [];
}

/** A webhook's address is its secret: all behind its host, and each long part of that. */
function hooks(value: string, isNamed: boolean): string[] {
  return matches(value, ADDRESS).flatMap(([, host = '', path = '']) => {
    if (!isNamed && !HOOK_HOST.test(host) && !HOOK_PATH.test(path)) return [];
    const parts = path.split(/[/?&=:]/).filter((part) => part.length >= LONG_PART || looksRandom(part));
    return [path, ...parts.flatMap(bothWays)];
  });
}

/** As it is written in an address, and as a program reads it. */
function bothWays(text: string): string[] {
  try {
    return [...new Set([text, decodeURIComponent(text)])];
  } catch {
    return [text];
  }
}

/** Long, and of letters and digits that make no words. */
function looksRandom(text: string): boolean {
  if (text.length < 16) return false;
  const changes = matches(text, /[a-z](?=[A-Z0-9])|[0-9](?=[A-Za-z])|[A-Z](?=[0-9])/g).length;
  return changes >= 3 || /^[0-9a-f]{24,}$/i.test(text);
}
