import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, lstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { AgentUid } from '@muster/protocol';
import { ensurePrivateDirectory } from '../host/private-directory.ts';

/** A socket's path has at most 104 bytes on some systems. */
const LONGEST_PATH = 100;
const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** The name of a data directory in names outside of it. */
const dataName = (data: string) => short(realpathSync(data));

/** Where a lock is. */
export interface LockName {
  /** Its socket. */
  readonly path: string;
  /** Held while it is taken. */
  readonly guard: string;
  /** Its name in 0.1.0, in the namespace of abstract sockets. */
  readonly earlier: string;
}

/** The lock of the runner of a data directory, and of the keeper of an agent (P3). */
export const runnerLock = (data: string): LockName =>
  lockName(data, 'runner', `runner-${userInfo().uid}-${dataName(data)}`);
export const keeperLock = (data: string, agentUid: AgentUid): LockName =>
  lockName(data, short(agentUid), `keeper-${userInfo().uid}-${agentUid}`);

const lockName = (data: string, name: string, earlier: string): LockName => ({
  path: socketPath(data, `${name}.lock`),
  guard: join(directoryOf(data), `${name}.guard`),
  earlier,
});

/** Where the runner reaches a keeper. */
export const controlPath = (data: string, agentUid: AgentUid) => socketPath(data, `${short(agentUid)}.sock`);

/** C13b: where an agent's programs ask: the path to listen at, and the one by which programs know it. */
export function hookPath(
  data: string,
  agentUid: AgentUid,
): { readonly listen: string; readonly told: string } {
  const name = `${short(agentUid)}.hook`;
  const listen = socketPath(data, name);
  return { listen, told: listen.startsWith('/proc/self/') ? join(directoryOf(data), name) : listen };
}

/** A socket's path as it can be connected to, however long it is; null: it cannot be. */
export function connectablePath(path: string): string | null {
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  if (process.platform !== 'linux') return null;
  return `/proc/self/fd/${descriptorOf(dirname(path))}/${basename(path)}`;
}

/** Sockets and locks lie beside the data, where nobody else can bind or connect (X16). */
const directoryOf = (data: string) => ensurePrivateDirectory(join(data, 'run'));

const descriptors = new Map<string, number>();

/** The directory that lies at a path now, by a descriptor that stays open. */
function descriptorOf(directory: string): number {
  const known = descriptors.get(directory);
  if (known !== undefined && fstatSync(known).ino === statSync(directory).ino) return known;
  if (known !== undefined) closeSync(known);
  const fd = openSync(directory, 'r');
  descriptors.set(directory, fd);
  return fd;
}

/**
 * A socket's path, short enough to be bound: where the directory's own is too long, Linux names it by a descriptor;
 * elsewhere it is among the temporary files, where 0.1.0's keepers have theirs.
 * @throws Error when the directory is not ours alone: someone else could be listening there.
 */
function socketPath(data: string, name: string): string {
  const beside = directoryOf(data);
  if (Buffer.byteLength(join(beside, name)) <= LONGEST_PATH) return join(beside, name);
  const elsewhere = join(tmpdir(), `muster-${userInfo().uid}-${dataName(data)}`);
  if (process.platform === 'linux') {
    return isOwnSocket(elsewhere, name) && !existsSync(join(beside, name))
      ? join(elsewhere, name)
      : `/proc/self/fd/${descriptorOf(beside)}/${name}`;
  }
  const path = join(ensurePrivateDirectory(elsewhere), name);
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(`the path of the control socket is too long: ${path}`);
  return path;
}

function isOwnSocket(directory: string, name: string): boolean {
  const facts = lstatSync(directory, { throwIfNoEntry: false });
  const ours = facts?.isDirectory() === true && facts.uid === userInfo().uid && (facts.mode & 0o077) === 0;
  return ours && existsSync(join(directory, name));
}
