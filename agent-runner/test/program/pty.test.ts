import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRow } from '../../src/program/containment/process-table.ts';
import { descriptors, sha256, start } from './harness.ts';

const MEGABYTE = 1_000_000;
const directory = mkdtempSync(join(tmpdir(), 'muster-pty-'));
const file = join(directory, 'noise');
const noise = randomBytes(MEGABYTE);
writeFileSync(file, noise);
afterAll(() => rmSync(directory, { recursive: true }));

/** Sizes from nothing to 1 MB, the small ones more often. */
const SIZES = Array.from({ length: 200 }, (_, index) => Math.round(MEGABYTE * (index / 199) ** 2));

describe('[P1] a program on a terminal', () => {
  it('battery 7: 200 of 200 short commands of 0 to 1 MB come through byte for byte', async () => {
    let exact = 0;
    for (const size of SIZES) {
      const run = await start('/bin/sh', ['-c', `stty -opost; exec head -c ${size} ${file}`]);
      expect(await run.ended).toEqual({ exitCode: 0 });
      if (sha256(run.bytes()) === sha256(noise.subarray(0, size))) exact++;
    }
    expect(exact).toBe(200);
  });

  it('loses nothing either when the keeper is so busy that the program ends long before it is read', async () => {
    for (let round = 0; round < 20; round++) {
      const script = `stty -opost; exec head -c 60000 ${file}`;
      const run = await start('/bin/sh', ['-c', script], { busyMs: 2 });
      await run.ended;
      expect(sha256(run.bytes())).toBe(sha256(noise.subarray(0, 60_000)));
    }
  });

  it('goes on when a program lets go of its terminal and takes it up again', async () => {
    const script = `stty -opost; echo on; exec <&- >&- 2>&-; sleep 0.1; head -c 60000 ${file} >/dev/tty`;
    const run = await start('/bin/sh', ['-c', script], { busyMs: 2 });
    expect(await run.ended).toEqual({ exitCode: 0 });
    expect(sha256(run.bytes())).toBe(sha256(Buffer.concat([Buffer.from('on\n'), noise.subarray(0, 60_000)])));
  });

  it('delivers nothing while held, and everything before the exit', async () => {
    const run = await start('/bin/sh', ['-c', `echo ready; read x; stty -opost; exec head -c 30000 ${file}`]);
    await run.said(/ready/);
    run.program.hold();
    run.program.write(Buffer.from('\n'));
    let over = false;
    run.ended.then(() => {
      over = true;
    });
    await run.program.terminate({ force: false });
    const before = run.bytes().length;
    expect(over).toBe(false);
    run.program.flow();
    await run.ended;
    expect(run.bytes().length).toBeGreaterThanOrEqual(before);
  });

  it('does not lose the end of a program that ended while held', async () => {
    const run = await start('/bin/sh', ['-c', `echo ready; read x; stty -opost; head -c 3000 ${file}`]);
    await run.said(/ready/);
    run.program.hold();
    const before = run.bytes().length;
    run.program.write(Buffer.from('\n'));
    await expect.poll(() => descriptorsOrNone(run.program.pid)).toEqual([]);
    expect(run.bytes().length).toBe(before);
    run.program.flow();
    expect(await run.ended).toEqual({ exitCode: 0 });
    expect(run.bytes().subarray(-3000)).toEqual(noise.subarray(0, 3000));
  });

  it('takes 64 KiB of pasted lines in order and whole', async () => {
    const paste = Buffer.from(Array.from({ length: 1024 }, (_, i) => `${i}`.padEnd(63, '.')).join('\n'));
    const run = await start('/bin/sh', ['-c', `stty -echo -opost; echo ready; head -c ${paste.length + 1}`]);
    await run.said(/ready\n/);
    for (let at = 0; at < paste.length; at += 1000) run.program.write(paste.subarray(at, at + 1000));
    run.program.write(Buffer.from('\n'));
    await run.ended;
    expect(run.text()).toBe(`ready\n${paste}\n`);
  });

  it('takes 64 KiB of any bytes in raw mode', async () => {
    const paste = noise.subarray(0, 65_536);
    const run = await start('/bin/sh', ['-c', `stty raw -echo; echo ready; exec head -c ${paste.length}`]);
    await run.said(/ready\n/);
    run.program.write(paste);
    await run.ended;
    expect(sha256(run.bytes().subarray('ready\n'.length))).toBe(sha256(paste));
  });

  it('is resized from 1 × 1 to 1000 × 1000', async () => {
    const run = await start('/bin/sh', ['-c', 'stty -echo; stty size; while read x; do stty size; done'], {
      terminal: { cols: 132, rows: 50 },
    });
    await run.said(/50 132/);
    for (const [cols, rows] of [
      [1, 1],
      [1000, 1000],
      [1, 1000],
      [80, 24],
    ] as const) {
      run.program.resize({ cols, rows });
      run.program.write(Buffer.from('\n'));
      await run.said(new RegExp(`${rows} ${cols}\\r\\n$`));
    }
    await run.program.terminate({ force: true });
    expect(await run.ended).toEqual({ signal: 'SIGKILL' });
  });

  it('erases whole characters of UTF-8 in its line editor', async () => {
    const run = await start('/bin/sh', ['-c', 'stty -a']);
    await run.ended;
    expect(run.text()).toContain(' iutf8');
  });

  it('sends a signal to the job in the foreground, not to its shell', async () => {
    const run = await start('bash', ['--norc', '-i']);
    run.program.write(Buffer.from('sleep 1000\n'));
    await expect.poll(() => run.text()).toContain('sleep 1000');
    await expect.poll(() => foregroundName(run.program.pid)).toBe('sleep');
    run.program.signal('SIGINT');
    run.program.write(Buffer.from('echo "code $?"; exit 7\n'));
    await run.said(/code 130/);
    expect(await run.ended).toEqual({ exitCode: 7 });
  });

  it('reports the signal that ended it', async () => {
    const run = await start('/bin/sh', ['-c', 'kill -USR1 $$']);
    expect(await run.ended).toEqual({ signal: 'SIGUSR1' });
  });

  it('does not give its master to what is started beside it through pipes', async () => {
    const terminal = await start('cat', []);
    const piped = await start('cat', [], { kind: 'process' });
    expect(descriptors(process.pid).join()).toContain('ptmx');
    expect(descriptors(piped.program.pid).join()).not.toContain('ptmx');
    expect(descriptors(terminal.program.pid).join()).not.toContain('ptmx');
    await Promise.all([terminal, piped].map(({ program }) => program.terminate({ force: true })));
    await Promise.all([terminal.ended, piped.ended]);
  });

  it('leaves no descriptor open in the keeper', async () => {
    const before = descriptors(process.pid).filter((target) => /ptmx|pts/.test(target));
    for (let round = 0; round < 5; round++) await (await start('true', [])).ended;
    expect(descriptors(process.pid).filter((target) => /ptmx|pts/.test(target))).toEqual(before);
  });
});

function descriptorsOrNone(pid: number): string[] {
  try {
    return descriptors(pid);
  } catch {
    return [];
  }
}

function foregroundName(pid: number): string | undefined {
  const foreground = readRow(pid)?.foreground;
  return foreground === undefined ? undefined : readRow(foreground)?.name;
}
