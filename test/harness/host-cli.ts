import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HostId } from '@muster/protocol';
import * as z from 'zod';
import { DataDirectory } from '../../agent-runner/src/host/files.ts';
import { findNode } from '../../scripts/lib/node.mjs';
import { type Muster, PROJECT } from './muster.ts';
import { TAG } from './survivors.ts';

export const CLI = join(PROJECT, 'agent-runner', 'dist', 'cli.js');

/** The agent-runner's command, as one of this Muster's processes. Resolves when it has ended. */
export async function cli(muster: Muster, args: readonly string[], input = ''): Promise<void> {
  const env = { ...process.env, [TAG]: muster.tag };
  const running = promisify(execFile)(findNode(), [CLI, ...args], { env });
  running.child.stdin?.end(input);
  await running;
}

/** An enrolment token, good once: for a new host, or for the one that is named (X15). */
export async function enrolmentToken(muster: Muster, hostId?: HostId): Promise<string> {
  const answer = await fetch(`${muster.url}/api/hosts/enrolment`, {
    method: 'POST',
    headers: { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ hostId }),
  });
  return z.object({ token: z.string() }).parse(await answer.json()).token;
}

/** Enrols a host of this name, with a data directory of its own; `hostId`: it was enrolled before. */
export async function enrolHost(muster: Muster, name: string, hostId?: HostId): Promise<DataDirectory> {
  const data = new DataDirectory(join(muster.directory, name));
  const where = ['--data', data.path, '--root', muster.directory, '--name', name];
  await cli(muster, ['enroll', muster.url, ...where], await enrolmentToken(muster, hostId));
  return data;
}
