import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import type { AgentUid } from '@muster/protocol';
import { ALLOCATOR } from '../host/allocator.ts';
import { WITHOUT_COMPILERS } from '../host/compilers.ts';
import type { DataDirectory } from '../host/files.ts';

/** A keeper's log is put aside at its next start when it has grown to this, bytes. */
const LOG_BYTES = 1024 * 1024;

/**
 * F11, F1. Objects in a keeper die young, and an idle one needs no room for more. In the 16 MiB that V8 would take
 * for the young, what was read last falls out of the processor's cache: a flood costs a quarter more time. V8's
 * compilers are switched on with its first output (keeper/main.ts).
 */
const NODE_FLAGS = [...WITHOUT_COMPILERS, '--max-semi-space-size=1'] as const;

export type SpawnKeeper = (agentUid: AgentUid, options: { readonly start: boolean }) => void;

/** P3: a keeper is a process of its own session with its own log, so nothing of the runner's end reaches it. */
export function keeperSpawner(data: DataDirectory, cli: string): SpawnKeeper {
  return (agentUid, { start }) => {
    const { log } = data.agent(agentUid);
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) renameSync(log, `${log}.1`);
    const fd = openSync(log, 'a', 0o600);
    try {
      const child = spawn(
        process.execPath,
        [
          ...NODE_FLAGS,
          cli,
          'keeper',
          '--data',
          data.path,
          '--agent',
          agentUid,
          ...(start ? ['--start'] : []),
        ],
        {
          detached: true,
          stdio: ['ignore', fd, fd],
          cwd: data.path,
          env: { ...ALLOCATOR, ...process.env },
        },
      );
      // A spawn that fails shows as a keeper that never answers; it is tried again.
      child.on('error', () => {});
      child.unref();
    } finally {
      closeSync(fd);
    }
  };
}
