import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { survivorsOf } from './survivors.ts';

/** A socket that others of this machine, or of the network, may try. */
export interface OpenSocket {
  readonly pid: number;
  readonly command: string;
  readonly kind: 'tcp' | 'udp' | 'unix';
  /** Of TCP and UDP, in hexadecimal; of UNIX a path, an abstract name beginning with `@`. */
  readonly address: string;
  readonly port: number;
}

const LISTENING_TCP = '0A';
/** SO_ACCEPTCON in the flags of /proc/net/unix. */
const LISTENING_UNIX = 0x10000;
/** ip6 and its v4 twin have a file each. */
const INTERNET = [
  ['tcp', '/proc/net/tcp'],
  ['tcp', '/proc/net/tcp6'],
  ['udp', '/proc/net/udp'],
  ['udp', '/proc/net/udp6'],
] as const;

type Facts = Pick<OpenSocket, 'kind' | 'address' | 'port'>;

const rows = (path: string) =>
  readFileSync(path, 'latin1')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

/** Every listening or bound socket of this machine, by its inode. */
function byInode(): Map<string, Facts> {
  const found = new Map<string, Facts>();
  for (const [kind, path] of INTERNET) {
    for (const [, local = '', , state, , , , , , inode = ''] of rows(path)) {
      const [address = '', port = ''] = local.split(':');
      if (kind === 'udp' || state === LISTENING_TCP)
        found.set(inode, { kind, address, port: Number.parseInt(port, 16) });
    }
  }
  for (const [, , , flags = '', , , inode = '', address = ''] of rows('/proc/net/unix')) {
    if ((Number.parseInt(flags, 16) & LISTENING_UNIX) !== 0 || address.startsWith('@'))
      found.set(inode, { kind: 'unix', address, port: 0 });
  }
  return found;
}

/** Null for what ended, or was closed, while it was looked at: a server closes descriptors all the time. */
function ifStillThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}

function inodesOf(pid: number): string[] {
  const descriptors = ifStillThere(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.flatMap((fd) => {
    const link = ifStillThere(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const [, inode] = /^socket:\[(\d+)\]$/.exec(link ?? '') ?? [];
    return inode === undefined ? [] : [inode];
  });
}

/** X17: all that listens in the process tree of one start. */
export function listSockets(tag: string): OpenSocket[] {
  const known = byInode();
  return survivorsOf(tag).flatMap(({ pid, command }) =>
    inodesOf(pid).flatMap((inode) => {
      const facts = known.get(inode);
      return facts === undefined ? [] : [{ pid, command, ...facts }];
    }),
  );
}
