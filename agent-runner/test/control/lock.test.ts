import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentUidSchema } from '@muster/protocol';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { withGuard } from '../../src/control/guard.ts';
import { identityOf } from '../../src/control/identity.ts';
import { type Lock, takeLock } from '../../src/control/lock.ts';
import { controlPath, keeperLock, type LockName, runnerLock } from '../../src/control/paths.ts';

/** Every Node on the path: a machine may have another version beside the one that runs the tests. */
const NODES = new Set(
  (process.env['PATH'] ?? '')
    .split(':')
    .map((directory) => join(directory, 'node'))
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path)),
);
const LINUX = process.platform === 'linux';
const ROOT = process.geteuid?.() === 0;
const NOBODY = 65_534;
/** sun_path of unix(7), bytes. */
const ADDRESS_BYTES = 108;

let data: string;
let name: LockName;
beforeEach(() => {
  data = realpathSync(mkdtempSync(join(tmpdir(), 'muster-lock-')));
  name = keeperLock(data, AgentUidSchema.parse(randomUUID()));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const source = (file: string) => JSON.stringify(fileURLToPath(new URL(`../../src/${file}`, import.meta.url)));

/** The same as another account: the program is read before, since that may not be for it to read. */
const asNobody = (script: string) => `process.setgid(${NOBODY}); process.setuid(${NOBODY}); ${script}`;

/** A script of ours as a process. */
async function start(node: string, script: string): Promise<ChildProcess> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const child = spawn(node, ['--input-type=module', '-e', outputFiles[0]?.text ?? '']);
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stderr?.pipe(process.stderr);
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  return String((await once(child.stdout, 'data'))[0]).trim();
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const holder = (lock: LockName) => `import { takeLock } from ${source('control/lock.ts')};
  console.log(await takeLock(${JSON.stringify(lock)}) !== null); setInterval(() => {}, 1000);`;

/** Binds the name that 0.1.0 took, as it did. */
const binder = (earlier: string) => `import { createServer } from 'node:net';
  createServer((socket) => socket.destroy()).listen('\\0muster-${earlier}'.padEnd(${ADDRESS_BYTES}, '\\0'), () => console.log('bound'));`;

const release = async (lock: Lock | null, { path }: LockName) => {
  lock?.release();
  await expect.poll(() => existsSync(path)).toBe(false);
};

describe('[P3] [X16] a lock', () => {
  test('has one holder per name, until it lets go', async () => {
    const lock = await takeLock(name);
    expect(lock).not.toBeNull();
    expect(await takeLock(name)).toBeNull();
    expect(await takeLock(runnerLock(data))).not.toBeNull();
    await release(lock, name);
    expect(await takeLock(name)).not.toBeNull();
  });

  test('is a socket in a directory of its account alone, and leaves no other file', async () => {
    await takeLock(name);
    expect(statSync(name.path).isSocket()).toBe(true);
    expect(statSync(join(data, 'run')).mode & 0o777).toBe(0o700);
    expect(existsSync(name.guard)).toBe(false);
    if (LINUX) expect(readFileSync('/proc/net/unix', 'latin1')).not.toContain(`@muster-${name.earlier}`);
  });

  test.each([process.execPath, ...NODES])(
    'dies with its holder, under %s, and is seen from here until then',
    async (node) => {
      const child = await start(node, holder(name));
      expect(await firstLine(child)).toBe('true');
      expect(await takeLock(name)).toBeNull();
      await end(child);
      expect(existsSync(name.path)).toBe(true);
      expect(await takeLock(name)).not.toBeNull();
    },
  );

  test('is taken by one of many that find a dead socket at once', async () => {
    const dead = await start(process.execPath, holder(name));
    await firstLine(dead);
    await end(dead);
    const children = await Promise.all(
      Array.from({ length: 6 }, () => start(process.execPath, holder(name))),
    );
    const won = await Promise.all(children.map(firstLine));
    expect(won.filter((word) => word === 'true')).toHaveLength(1);
    const here = await Promise.all(Array.from({ length: 8 }, () => takeLock(name)));
    expect(here).toEqual(here.map(() => null));
  });

  test('lies beside data whose path is too long for a socket', async () => {
    const deep = join(data, 'd'.repeat(90), 'e'.repeat(40));
    mkdirSync(deep, { recursive: true, mode: 0o700 });
    const uid = AgentUidSchema.parse(randomUUID());
    const far = keeperLock(deep, uid);
    expect(await takeLock(far)).not.toBeNull();
    expect(await takeLock(far)).toBeNull();
    const child = await start(
      process.execPath,
      holder(far)
        .replaceAll(JSON.stringify(far), `keeperLock(${JSON.stringify(deep)}, ${JSON.stringify(uid)})`)
        .replace('import', `import { keeperLock } from ${source('control/paths.ts')}; import`),
    );
    expect(await firstLine(child)).toBe('false');
    if (LINUX) expect(controlPath(deep, uid)).toMatch(/^\/proc\/self\/fd\/\d+\//);
  });

  test('is not taken where others can enter', () => {
    chmodSync(join(data, 'run'), 0o755);
    expect(() => runnerLock(data)).toThrow(`chmod 700 ${join(data, 'run')}`);
  });
});

describe.runIf(LINUX)('[X16] the name that 0.1.0 took', () => {
  test('is respected while a process of this account has it', async () => {
    const old = await start(process.execPath, binder(name.earlier));
    await firstLine(old);
    expect(await takeLock(name)).toBeNull();
    await end(old);
    expect(await takeLock(name)).not.toBeNull();
  });

  test.runIf(ROOT)('stops nobody when a stranger has bound it', async () => {
    const stranger = await start(process.execPath, asNobody(binder(name.earlier)));
    expect(await firstLine(stranger)).toBe('bound');
    expect(await takeLock(name)).not.toBeNull();
  });
});

describe('[X16] the guard while a lock is taken', () => {
  const enter = (path: string) => withGuard(path, async () => 'in');

  test.each([
    ['of a dead process', () => JSON.stringify([2 ** 22 - 1, '1', 'boot'])],
    [
      'of a pid that another process has by now',
      () => (identityOf(process.pid) ?? '').replace(/,"\d+"/, ',"1"'),
    ],
    ['of another boot', () => (identityOf(process.pid) ?? '').replace(/"[^"]*"\]$/, '"another"]')],
    ['that is no guard', () => 'rubbish'],
  ])('passes one %s', async (_what, text) => {
    writeFileSync(name.guard, `${text()}\nonce`);
    expect(await enter(name.guard)).toBe('in');
    expect(existsSync(name.guard)).toBe(false);
  });

  test('waits for one that lives, and holds back all others', async () => {
    const order: string[] = [];
    const work = (who: string) =>
      withGuard(name.guard, async () => {
        order.push(`${who} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${who} out`);
      });
    writeFileSync(name.guard, 'rubbish\nonce');
    await Promise.all(['a', 'b', 'c', 'd'].map(work));
    const pairs = Array.from({ length: 4 }, (_, at) =>
      order.slice(2 * at, 2 * at + 2).map((word) => word.slice(0, 1)),
    );
    expect(pairs.every(([first, second]) => first === second)).toBe(true);
  });

  test('is passed when its holder is killed in the middle, also twice', async () => {
    const script = `import { withGuard } from ${source('control/guard.ts')};
      await withGuard(${JSON.stringify(name.guard)}, async () => { console.log('in'); await new Promise(() => setInterval(() => {}, 1000)); });`;
    for (let time = 0; time < 2; time += 1) {
      const child = await start(process.execPath, script);
      expect(await firstLine(child)).toBe('in');
      await end(child);
    }
    expect(await takeLock(name)).not.toBeNull();
  });
});

test('[X16] a holder that is busy is one that lives', async () => {
  const server = createServer().listen({ path: name.path, backlog: 1 });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const waiting = Array.from({ length: 8 }, () => connect(name.path));
  for (const socket of waiting) socket.on('error', () => {});
  onTestFinished(() => {
    for (const socket of waiting) socket.destroy();
  });
  expect(await takeLock(name)).toBeNull();
});
