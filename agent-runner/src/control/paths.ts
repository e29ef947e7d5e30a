import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { AgentUid } from '@muster/protocol';

/** A socket's path has at most 104 bytes on some systems. */
const LONGEST_PATH = 100;
const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What a data directory is called in names outside of it. */
const dataName = (data: string) => short(realpathSync(data));

/** The lock of the runner of a data directory, and of the keeper of an agent on this host (P3). */
export const runnerLock = (data: string) => `runner-${userInfo().uid}-${dataName(data)}`;
export const keeperLock = (agentUid: AgentUid) => `keeper-${userInfo().uid}-${agentUid}`;

/**
 * Where the runner reaches a keeper: beside its data, or where that path is too long, in the temporary directory.
 * @throws Error when the directory is not ours alone: someone else could be listening there.
 */
export function controlPath(data: string, agentUid: AgentUid): string {
  const name = `${short(agentUid)}.sock`;
  const beside = join(data, 'run');
  if (Buffer.byteLength(join(beside, name)) <= LONGEST_PATH) return join(privateDirectory(beside), name);
  const path = join(privateDirectory(temporary(dataName(data))), name);
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(`the path of the control socket is too long: ${path}`);
  return path;
}

/** A directory for this user's sockets or locks among everybody's temporary files. */
export const temporary = (name: string) => join(tmpdir(), `muster-${userInfo().uid}-${name}`);

/** Makes a directory that only this user can enter, or makes sure that it is one. */
export function privateDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const facts = lstatSync(path);
  if (!facts.isDirectory() || facts.uid !== userInfo().uid || (facts.mode & 0o077) !== 0) {
    throw new Error(`${path} is not a directory of this user alone`);
  }
  return path;
}
