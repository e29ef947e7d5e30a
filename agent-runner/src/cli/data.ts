import { homedir } from 'node:os';
import { join } from 'node:path';
import { DataDirectory } from '../host/files.ts';
import { ensurePrivateDirectory } from '../host/private-directory.ts';

export const DEFAULT_DATA = join(homedir(), '.muster-runner');

/** One directory by one name, whatever links lead there: locks and sockets are named after it. */
export const dataAt = (path: string) => new DataDirectory(ensurePrivateDirectory(path));
