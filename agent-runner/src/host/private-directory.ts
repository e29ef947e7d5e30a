import { lstatSync, mkdirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';
import { UserError } from './user-error.ts';

const OWNER_DIRECTORY = 0o700;
const OTHERS = 0o077;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
const ROOT = 0;
/** As the kernel's own bound on links in one path. */
const LINKS = 40;

/** An account of this machine, as far as it owns files. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}
const self = (): Account => ({ uid: process.geteuid?.() ?? ROOT, gid: process.getegid?.() ?? ROOT });

/** A path as one word of a shell. */
const quoted = (path: string) =>
  /^[\w/.@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/**
 * X16: makes a directory that this account alone can enter, or makes sure that it is one, also by where it lies: nobody
 * else may be able to put another in its place.
 * @throws Mistake with the command that mends it
 */
export function ensurePrivateDirectory(path: string): string {
  const whole = resolve(path);
  mkdirSync(whole, { recursive: true, mode: OWNER_DIRECTORY });
  const account = self();
  const real = checkPath(whole, account);
  const facts = lstatSync(real);
  if (!facts.isDirectory()) throw new UserError(`${path} must be a directory. Name another one.`);
  if (facts.uid !== account.uid)
    throw new UserError(
      `${path} belongs to another account, which can read what Muster keeps there. Name another directory, or take it over: chown -R ${account.uid} ${quoted(real)}`,
    );
  if ((facts.mode & OTHERS) !== 0)
    throw new UserError(
      `Other accounts can enter ${path}, and Muster keeps secrets there. Close it to them: chmod 700 ${quoted(real)}`,
    );
  return real;
}

/** Follows a path as the kernel does; each directory and link on the way must be ours or root's. Returns the real path. */
function checkPath(path: string, account: Account): string {
  const waiting = partsOf(path);
  let here = parse(path).root;
  for (let links = 0; ; ) {
    const name = waiting.shift();
    if (name === undefined) return here;
    checkHolder(here, lstatSync(here), account);
    const next = name === '..' ? dirname(here) : join(here, name);
    const facts = lstatSync(next);
    if (!facts.isSymbolicLink()) {
      here = next;
      continue;
    }
    if (![ROOT, account.uid].includes(facts.uid))
      throw new UserError(
        `${next} is a link of another account, which can point it elsewhere. Name the directory itself.`,
      );
    links += 1;
    if (links > LINKS)
      throw new UserError(`${path} leads through too many links. Name the directory itself.`);
    const target = readlinkSync(next);
    if (resolve(here, target) === target) here = parse(target).root;
    waiting.unshift(...partsOf(target));
  }
}

const partsOf = (path: string) => path.split(sep).filter((part) => part !== '' && part !== '.');

/** A user who can write to a directory can replace its files, unless it is sticky. */
function checkHolder(path: string, { uid, gid, mode }: Stats, account: Account): void {
  if (![ROOT, account.uid].includes(uid))
    throw new UserError(`${path}, in which it lies, belongs to another account. Name a directory elsewhere.`);
  if ((mode & STICKY) !== 0) return;
  // An account's own group, which systems make for each, is that account.
  const others =
    (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && gid !== account.gid && gid !== ROOT);
  if (others)
    throw new UserError(
      `Other accounts can write into ${path}, and so put another directory in place of one in it. Close it to them: chmod go-w ${quoted(path)}`,
    );
}
