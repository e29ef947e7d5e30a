import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets wherever they stand, each by the form that its issuer gave it. */
const FORMS = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ['the private half of a JWK', /["']?\bd["']?\s*:\s*["'][\w-]{43,}["']/],
  ['a JSON web token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/],
  ['a token of Muster', /\bmst_[\w-]+_[\w-]{40,}/],
  ['a token of GitHub', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})/],
  ['a token of GitLab', /\bglpat-[\w-]{20,}/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}/],
  ['a key of AWS', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a key of Google', /\bAIza[\w-]{35}/],
  ['a token of Slack', /\bxox[abeoprs]-[\w-]{20,}/],
  ['a key of Stripe', /\b[rs]k_live_\w{20,}/],
  ['a key of a language model', /\bsk-(?:ant-|proj-)?[\w-]{32,}/],
];

/** A name that says what it holds, and a value written out beside it; what is taken from elsewhere is no value. */
const ASSIGNED =
  /(?:secret|token|passw(?:or)?d|api_?key|private_?key|access_?key|muster_key|credentials?)\w*["']?\s*[:=]\s*(["'`]?)([\w+/=.~-]{20,})\1/gi;
/** Bits a character from which nobody thought it up: words have 2.5 to 3.5, 20 random ones of base64 about 4. */
const RANDOM_BITS = 3.7;
/** A line that looks like one and is none says why: `not a secret: …`. */
const EXCUSED = /not a secret: \S/;

function bitsIn(text) {
  const counts = new Map();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const looksRandom = (value) => /\d/.test(value) && /[a-z]/i.test(value) && bitsIn(value) >= RANDOM_BITS;

function secretIn(line) {
  const form = FORMS.find(([, pattern]) => pattern.test(line));
  if (form !== undefined) return form[0];
  const assigned = [...line.matchAll(ASSIGNED)].some(([, , value]) => looksRandom(value));
  return assigned ? 'a secret that is written out' : null;
}

/** The secrets of a text, as `{line, what}`; the secret itself is not told on. */
export function secretsIn(text) {
  return text.split('\n').flatMap((line, index) => {
    const what = EXCUSED.test(line) ? null : secretIn(line);
    return what === null ? [] : [{ line: index + 1, what }];
  });
}

const LOCK = /(?:^|\/)package-lock\.json$/;

/** `path:line: what` for each secret in the files that git keeps. Its lock file holds checksums, which look like keys. */
export function scan(root) {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const paths = listed
    .split('\0')
    .filter((path) => path !== '' && !LOCK.test(path) && existsSync(join(root, path)));
  return paths.flatMap((path) =>
    secretsIn(readFileSync(join(root, path), 'latin1')).map(({ line, what }) => `${path}:${line}: ${what}`),
  );
}
