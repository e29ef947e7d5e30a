import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  endOrphanedProcesses,
  type ProgramRecord,
  ProgramRecordSchema,
  recordAfterStart,
  recordBeforeStart,
} from '../../src/program/orphaned-processes.ts';
import { MODES, marked, newTag, start } from './harness.ts';

/** Battery 6: nothing unaccounted for after this, ms. */
const BOUND_MS = 5_000;

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
// Beside the sources, so that what it imports is found; Node 20 cannot run TypeScript itself.
const built = mkdtempSync(join(packageRoot, 'node_modules', 'owner-'));
const script = join(built, 'owner.mjs');
const owners: ChildProcess[] = [];

beforeAll(async () => {
  await build({
    entryPoints: [join(packageRoot, 'test', 'program', 'owner.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['node-pty'],
    logLevel: 'error',
  });
});
afterAll(() => {
  for (const owner of owners) owner.kill('SIGKILL');
  rmSync(built, { recursive: true });
});

async function ownerOf(
  mark: string,
  mode: string,
): Promise<{ owner: ChildProcess; records: ProgramRecord[] }> {
  const owner = spawn(process.execPath, [script, mark, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  owners.push(owner);
  const [line] = await once(createInterface(owner.stdout), 'line');
  return { owner, records: z.array(ProgramRecordSchema).parse(JSON.parse(String(line))) };
}

async function kill(owner: ChildProcess): Promise<void> {
  const exit = once(owner, 'exit');
  owner.kill('SIGKILL');
  await exit;
}

describe.each(MODES)('[P4] what a dead keeper left, by %s', (mode) => {
  it('battery 6: is found and ended whatever it does about HUP, TERM, sessions and parents', async () => {
    const mark = randomUUID();
    const { owner, records } = await ownerOf(mark, mode);
    await kill(owner);
    expect(marked(mark).length).toBeGreaterThanOrEqual(records.length);
    const begun = performance.now();
    const reports = await Promise.all(records.map((record) => endOrphanedProcesses(record, { mode })));
    expect(marked(mark)).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(BOUND_MS);
    // Processes that were killed before, and the terminals' own programs that the hang-up ended, are not claimed.
    const piped = reports.slice(records.length / 2);
    expect(piped.map((report) => report.programWasRunning)).toEqual([true, true, true, true, false]);
    expect(piped.every((report) => report.ended.length > 0)).toBe(true);
    for (const { cgroup = '' } of records) expect(existsSync(cgroup)).toBe(false);
  });

  it('is found by what was written before the start alone', async () => {
    const mark = randomUUID();
    const { owner, records } = await ownerOf(mark, mode);
    await kill(owner);
    for (const { leader: _, ...early } of records) await endOrphanedProcesses(early, { mode, graceMs: 100 });
    expect(marked(mark)).toEqual([]);
  });

  it('is nothing when the program ended in good order', async () => {
    const record = recordBeforeStart(newTag());
    expect(await endOrphanedProcesses(record, { mode })).toEqual({ programWasRunning: false, ended: [] });
  });
});

describe('[P4] a record that no longer fits', () => {
  it('does not touch a process that has the pid but another start', async () => {
    const stranger = await start('sleep', ['1000'], { kind: 'process' });
    const record = recordAfterStart(recordBeforeStart(newTag()), stranger.program.pid);
    const reused = { ...record, leader: { pid: stranger.program.pid, startTicks: 1 } };
    expect(await endOrphanedProcesses(reused)).toEqual({ programWasRunning: false, ended: [] });
    expect(marked(stranger.mark)).toHaveLength(1);
  });

  it('does not touch anything after another boot', async () => {
    const stranger = await start('sleep', ['1000'], { kind: 'process' });
    const record = recordAfterStart(recordBeforeStart(stranger.tag), stranger.program.pid);
    const report = await endOrphanedProcesses({ ...record, bootId: 'another' });
    expect(report).toEqual({ programWasRunning: false, ended: [] });
    expect(marked(stranger.mark)).toHaveLength(1);
  });

  it('does not write to a path that is not a cgroup of its tag', async () => {
    const stranger = await start('sleep', ['1000'], { kind: 'process' });
    const foreign = recordBeforeStart(stranger.tag).cgroup;
    const record = { ...recordBeforeStart(newTag()), ...(foreign === undefined ? {} : { cgroup: foreign }) };
    await endOrphanedProcesses(record);
    expect(marked(stranger.mark)).toHaveLength(1);
  });

  it.each(['short', 'has/slash-in-it', '../../../x', ''])('refuses the tag %j', (tag) => {
    expect(ProgramRecordSchema.safeParse({ tag, bootId: '' }).success).toBe(false);
  });
});
