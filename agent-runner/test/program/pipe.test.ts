import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRow } from '../../src/program/containment/process-table.ts';
import { recordBeforeStart } from '../../src/program/orphaned-processes.ts';
import { descriptors, marked, newTag, sha256, start } from './harness.ts';

const MEGABYTE = 1_000_000;
const directory = mkdtempSync(join(tmpdir(), 'muster-pipe-'));
const file = join(directory, 'noise');
const noise = randomBytes(MEGABYTE);
writeFileSync(file, noise);
const broken = join(directory, 'broken');
writeFileSync(broken, '#!/no/such/interpreter\n');
chmodSync(broken, 0o755);
/** It passes every look beforehand, and fails when it is executed: its interpreter lacks its own. */
const brokenLater = join(directory, 'broken-later');
writeFileSync(brokenLater, `#!${broken}\n`);
chmodSync(brokenLater, 0o755);
afterAll(() => rmSync(directory, { recursive: true }));

const SIZES = Array.from({ length: 200 }, (_, index) => Math.round(MEGABYTE * (index / 199) ** 2));

describe('[P1] a program on pipes', () => {
  const kind = 'process';

  it('battery 7: 200 of 200 short commands of 0 to 1 MB come through byte for byte', async () => {
    let exact = 0;
    for (const size of SIZES) {
      const run = await start('head', ['-c', `${size}`, file], { kind });
      expect(await run.ended).toEqual({ exitCode: 0 });
      if (sha256(run.bytes()) === sha256(noise.subarray(0, size))) exact++;
    }
    expect(exact).toBe(200);
  });

  it('keeps stdout and stderr apart', async () => {
    const run = await start('sh', ['-c', 'echo out; echo err >&2; exit 4'], { kind });
    expect(await run.ended).toEqual({ exitCode: 4 });
    expect([run.text(0), run.text(1)]).toEqual(['out\n', 'err\n']);
  });

  it('gives them as pipes, which a program may open again by name', async () => {
    const run = await start('sh', ['-c', 'echo out >/dev/stdout; echo err | tee /dev/stderr >/dev/null'], {
      kind,
    });
    expect(await run.ended).toEqual({ exitCode: 0 });
    expect([run.text(0), run.text(1)]).toEqual(['out\n', 'err\n']);
  });

  it('takes input in order and whole', async () => {
    const run = await start('head', ['-c', `${MEGABYTE}`], { kind });
    for (let at = 0; at < MEGABYTE; at += 65_536) run.program.write(noise.subarray(at, at + 65_536));
    await run.ended;
    expect(sha256(run.bytes())).toBe(sha256(noise));
  });

  it('delivers nothing while held, everything then, and the exit last', async () => {
    const run = await start('sh', ['-c', `echo on; read x; cat ${file}`], { kind });
    await run.said(/on/);
    run.program.hold();
    run.program.write(Buffer.from('\n'));
    await expect.poll(() => marked(run.mark).map(({ name }) => name)).toContain('cat');
    expect(run.text()).toBe('on\n');
    run.program.flow();
    await run.ended;
    expect(sha256(run.bytes().subarray(3))).toBe(sha256(noise));
  });

  it('delivers the rest of a program that ended while held', async () => {
    const run = await start('sh', ['-c', `echo on; read x; head -c 3000 ${file}`], { kind });
    await run.said(/on/);
    run.program.hold();
    run.program.write(Buffer.from('\n'));
    await expect.poll(() => readRow(run.program.pid)).toBeUndefined();
    expect(run.text()).toBe('on\n');
    run.program.flow();
    await run.ended;
    expect(run.bytes().subarray(3)).toEqual(noise.subarray(0, 3000));
  });

  it('leads a session of its own', async () => {
    const run = await start('sleep', ['1000'], { kind });
    expect(readRow(run.program.pid)).toMatchObject({ session: run.program.pid, group: run.program.pid });
    run.program.signal('SIGHUP');
    expect(await run.ended).toEqual({ signal: 'SIGHUP' });
  });

  it('leaves no descriptor open in the keeper', async () => {
    await (await start('true', [], { kind })).ended;
    const before = descriptors(process.pid).length;
    for (let round = 0; round < 5; round++) await (await start('true', [], { kind })).ended;
    expect(descriptors(process.pid).length).toBeLessThanOrEqual(before);
  });
});

describe.each(['terminal', 'process'] as const)('[P1] a %s that cannot be started', (kind) => {
  const refusal = (field: string, text: RegExp) =>
    expect.objectContaining({
      name: 'ProgramError',
      code: 'AGENT_SPAWN_FAILED',
      field,
      message: expect.stringMatching(text),
    });

  it.each([
    ['does not exist', 'no-such-program', /^There is no program no-such-program on this host/],
    ['is a directory', directory, /is a directory, not a program$/],
    ['is not executable', file, /is not executable$/],
    ['lacks its interpreter', broken, /its first line names "\/no\/such\/interpreter"/],
    ['fails when it is executed', brokenLater, /^The program cannot be started.*(no such file|ENOENT)/i],
  ])('because it %s is refused', async (_, command, text) => {
    await expect(start(command, [], { kind })).rejects.toEqual(refusal('program.command', text));
  });

  it('because its arguments are too long is refused', async () => {
    const args = Array.from({ length: 200 }, () => 'x'.repeat(32_000));
    await expect(start('true', args, { kind })).rejects.toEqual(
      refusal('program.command', /Argument list too long|E2BIG/),
    );
  });

  it('because its directory is gone is refused', async () => {
    const gone = join(directory, 'gone');
    await expect(start('true', [], { kind, directory: gone })).rejects.toEqual(
      refusal('workspace', /^The directory is gone/),
    );
  });

  it('leaves nothing behind', async () => {
    const tag = newTag();
    await expect(start(brokenLater, [], { kind, tag })).rejects.toThrow();
    expect(existsSync(recordBeforeStart(tag).cgroup ?? '')).toBe(false);
    expect(descriptors(process.pid).filter((target) => /ptmx|pts/.test(target))).toEqual([]);
  });

  it('is distinguished from one that starts and prints the same error', async () => {
    const run = await start(
      'sh',
      ['-c', 'echo "execvp(3) failed.: No such file or directory"; echo; exit 1'],
      {
        kind,
      },
    );
    expect(await run.ended).toEqual({ exitCode: 1 });
    expect(run.text()).toMatch(/failed/);
  });
});
