import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cgroupOf } from '../../src/program/containment/cgroup.ts';
import { readTable } from '../../src/program/containment/process-table.ts';
import { GRACE_MS, MODES, marked, type Started, start } from './harness.ts';

/** Battery 15: beyond the grace, ms. */
const AFTER_GRACE_MS = 2_000;
/** Over which a paused program must not use the processor, ms: the quantity measured is time itself. */
const WATCHED_MS = 400;

/** Keeps a processor busy whatever it is told. */
const STUBBORN = `sh -c 'trap "" HUP TERM INT; while :; do :; done'`;
/** Processes that a person's shell may leave behind: jobs, sessions of their own, processes that ignore every signal. */
const JOBS = [
  'sleep 1000 &',
  `${STUBBORN} &`,
  'setsid sleep 1001 &',
  `setsid ${STUBBORN} &`,
  'nohup sleep 1002 >/dev/null 2>&1 &',
  '(setsid sh -c "sleep 1003 & sleep 1004 & wait" &) &',
];
/** bash, four sleeps in jobs, two of the stubborn, the inner shell and its two sleeps, at the least. */
const PROCESSES = 8;

async function shellWithJobs(mode: (typeof MODES)[number], kind: 'terminal' | 'process'): Promise<Started> {
  const run = await start('bash', ['--norc', '-i'], { kind, mode });
  run.program.write(Buffer.from(`${JOBS.join('\n')}\necho all''started\n`));
  await run.said(/allstarted/);
  await expect.poll(() => marked(run.mark).length).toBeGreaterThanOrEqual(PROCESSES);
  return run;
}

const ticks = (run: Started) => marked(run.mark).reduce((sum, row) => sum + row.cpuTicks, 0);

describe.each(MODES)('[P2] everything a program started, by %s', (mode) => {
  describe.each(['terminal', 'process'] as const)('of a %s', (kind) => {
    it('battery 15: terminate leaves nothing after the grace', async () => {
      const run = await shellWithJobs(mode, kind);
      const begun = performance.now();
      await run.program.terminate({ force: false });
      expect(marked(run.mark)).toEqual([]);
      const took = performance.now() - begun;
      expect(took).toBeGreaterThanOrEqual(GRACE_MS);
      expect(took).toBeLessThan(GRACE_MS + AFTER_GRACE_MS);
      await run.ended;
    });

    it('battery 15: force leaves nothing at once', async () => {
      const run = await shellWithJobs(mode, kind);
      const begun = performance.now();
      await run.program.terminate({ force: true });
      expect(marked(run.mark)).toEqual([]);
      expect(performance.now() - begun).toBeLessThan(AFTER_GRACE_MS);
      expect(await run.ended).toEqual({ signal: 'SIGKILL' });
    });

    it('battery 15: paused means no ticks of the processor, resumed means ticks', async () => {
      const run = await shellWithJobs(mode, kind);
      await run.program.pause();
      const paused = ticks(run);
      await elapse(WATCHED_MS);
      expect(ticks(run) - paused).toBe(0);
      expect(marked(run.mark).find(({ pid }) => pid === run.program.pid)?.state).toBe('T');
      await run.program.resume();
      await expect.poll(() => ticks(run)).toBeGreaterThan(paused);
      run.program.write(Buffer.from('echo goes""on\n'));
      await run.said(/goeson/);
      await run.program.terminate({ force: true });
      await run.ended;
    });

    it('terminates what is paused', async () => {
      const run = await shellWithJobs(mode, kind);
      await run.program.pause();
      await run.program.terminate({ force: false });
      expect(marked(run.mark)).toEqual([]);
      await run.ended;
    });
  });

  it('lets a program act on SIGTERM before the grace is over', async () => {
    const run = await start(
      '/bin/sh',
      ['-c', 'trap "echo bye; exit 5" TERM; echo on; while :; do sleep 0.01; done'],
      {
        mode,
        graceMs: 60_000,
      },
    );
    await run.said(/on/);
    await run.program.terminate({ force: false });
    expect(await run.ended).toEqual({ exitCode: 5 });
    expect(run.text()).toContain('bye');
  });

  it('ends an idle interactive shell, which ignores SIGTERM, long before the grace is over', async () => {
    const run = await start('bash', ['--norc', '-i'], { kind: 'terminal', mode, graceMs: 60_000 });
    run.program.write(Buffer.from('echo rea""dy\n'));
    await run.said(/ready/);
    await run.program.terminate({ force: false });
    expect(await run.ended).toEqual({ signal: 'SIGHUP' });
  });

  it('lets what is paused, or was stopped before, act on SIGTERM too', async () => {
    const polite = 'trap "echo bye; exit 5" TERM; echo on; while :; do sleep 0.01; done';
    const run = await start('/bin/sh', ['-c', polite], { mode, graceMs: 60_000 });
    await run.said(/on/);
    run.program.signal('SIGSTOP');
    await run.program.pause();
    await run.program.terminate({ force: false });
    expect(await run.ended).toEqual({ exitCode: 5 });
  });

  it('does not wait for the grace once force is asked for', async () => {
    const run = await start('/bin/sh', ['-c', 'trap "" TERM HUP; echo on; while :; do sleep 1; done'], {
      mode,
      graceMs: 60_000,
    });
    await run.said(/on/);
    const gentle = run.program.terminate({ force: false });
    await run.program.terminate({ force: true });
    await gentle;
    expect(marked(run.mark)).toEqual([]);
    expect(await run.ended).toEqual({ signal: 'SIGKILL' });
  });

  it('ends the processes that a program leaves behind before it reports its exit', async () => {
    const run = await start('bash', ['-c', `setsid ${STUBBORN} & sleep 0.1 & exit 3`], { mode });
    expect(await run.ended).toEqual({ exitCode: 3 });
    expect(marked(run.mark)).toEqual([]);
  });

  it('does not let go on resume what the shell had stopped itself', async () => {
    const run = await start('bash', ['--norc', '-i'], { mode });
    const stopped = () => marked(run.mark).filter(({ state, name }) => state === 'T' && name === 'sh');
    run.program.write(Buffer.from(`sh -c 'while :; do :; done' & sleep 0.05; kill -STOP $!\n`));
    await expect.poll(() => stopped().length).toBe(1);
    await run.program.pause();
    await run.program.resume();
    run.program.write(Buffer.from('echo on""ward\n'));
    await run.said(/onward/);
    expect(stopped()).toHaveLength(1);
    await run.program.terminate({ force: true });
    await run.ended;
  });

  it('ends chains of processes that each start the next and are gone', async () => {
    // A chain ends by itself, so that a failure here does not flood the machine.
    const chain =
      'f() { sleep 0.002; [ $1 -lt 2000 ] && f $(($1 + 1)) & }; for i in 1 2 3 4 5; do f 0 & done';
    const run = await start('bash', ['-c', `${chain}; echo on; read x`], { mode, kind: 'process' });
    await run.said(/on/);
    await run.program.terminate({ force: true });
    for (let look = 0; look < 20; look++) expect(marked(run.mark)).toEqual([]);
    await run.ended;
  });

  it('leaves no cgroup behind', async () => {
    const run = await start('true', [], { mode });
    await run.ended;
    expect(existsSync(cgroupOf(run.tag) ?? '/')).toBe(cgroupOf(run.tag) === undefined);
  });
});

describe.each(MODES.filter((mode) => mode === 'cgroup'))('[P2] what hides from the process table', (mode) => {
  it('has no place to hide in a cgroup', async () => {
    // Its own session, no environment, an orphan before anybody looks.
    const hidden = `env -i setsid sh -c 'sleep 1005.${process.pid} & exec sleep 1006.${process.pid}' &`;
    const run = await start('bash', ['-c', `(${hidden}) ; echo on; exec sleep 1007`], { mode });
    await run.said(/on/);
    await expect.poll(() => hiddenSleeps().length).toBe(2);
    await run.program.terminate({ force: true });
    expect(hiddenSleeps()).toEqual([]);
    await run.ended;
  });
});

function hiddenSleeps(): string[] {
  return readTable()
    .map(({ pid }) => commandLine(pid))
    .filter((line) => /^sleep 100[56]\./.test(line) && line.endsWith(`.${process.pid} `));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
