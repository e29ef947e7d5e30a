import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, readRunning } from '../../../worker/local/directory-lock.ts';
import { identify, isAlive, type ProcessRef } from '../../../worker/local/processes.ts';
import { openSecrets } from '../../../worker/local/secrets.ts';

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-hold-'));
  path = join(directory, 'running.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function idle(): { ref: ProcessRef; exit: Promise<unknown>; end(): void } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ref = identify(child.pid ?? 0);
  if (ref === null) throw new Error('no child');
  return { ref, exit: once(child, 'exit'), end: () => child.kill('SIGKILL') };
}

const DEAD = { pid: 2 ** 22 - 1, started: '1' };
const write = (running: unknown) => writeFileSync(path, JSON.stringify(running));

describe('the hold on a data directory', () => {
  it('is taken, told, and given back', async () => {
    const { hold } = await acquireLock(path);
    hold.update({ state: 'running', url: 'http://127.0.0.1:1' });
    expect(readRunning(path)).toMatchObject({ state: 'running', url: 'http://127.0.0.1:1' });
    hold.release();
    expect(existsSync(path)).toBe(false);
  });

  it('is refused while its holder lives, saying where', async () => {
    write({ main: identify(process.pid), state: 'running', url: 'http://127.0.0.1:8700', servers: [] });
    await expect(acquireLock(path)).rejects.toThrow(
      /already runs.*http:\/\/127\.0\.0\.1:8700.*npm run link/s,
    );
  });

  it('passes from a dead holder: its server is killed, its runner handed on', async () => {
    const server = idle();
    const runner = idle();
    write({ main: DEAD, state: 'running', servers: [server.ref], runner: runner.ref });
    const taken = await acquireLock(path);
    await server.exit;
    expect(taken.runner).toEqual(runner.ref);
    expect(isAlive(runner.ref)).toBe(true);
    runner.end();
    await runner.exit;
  });

  it('leaves a process alone that only has the pid of the dead server', async () => {
    const stranger = idle();
    write({ main: DEAD, state: 'running', servers: [{ pid: stranger.ref.pid, started: 'another' }] });
    await acquireLock(path);
    expect(isAlive(stranger.ref)).toBe(true);
    stranger.end();
    await stranger.exit;
  });

  it('passes over a file that is no hold', async () => {
    writeFileSync(path, '{"main":');
    await expect(acquireLock(path)).resolves.toMatchObject({ runner: null });
  });
});

describe('the secrets', () => {
  it('are made once and readable by their owner only', () => {
    const file = join(directory, 'secrets.json');
    const made = openSecrets(file);
    expect(openSecrets(file)).toEqual(made);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are never replaced when they cannot be read', () => {
    const file = join(directory, 'secrets.json');
    writeFileSync(file, '{}');
    expect(() => openSecrets(file)).toThrow(/cannot be used/);
  });
});
