import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { builtCli } from './support/built-cli.ts';

const HOST_ID = '00000000-0000-4000-8000-00000000000b';
const TOKEN = 'one-time-token';

let server: Server;
let url: string;
let base: string;
let tokens: unknown[];
beforeEach(async () => {
  tokens = [];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    tokens.push(JSON.parse(text).token);
    response.end(JSON.stringify({ hostId: HOST_ID }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  base = realpathSync(mkdtempSync(join(tmpdir(), 'muster-commands-')));
});
afterEach(() => {
  server.close();
  rmSync(base, { recursive: true, force: true });
});

async function run(args: readonly string[], input = ''): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, [await builtCli(), ...args], { stdio: 'pipe' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      said += text.toString();
    });
  }
  child.stdin.on('error', () => {}).end(input);
  const [code] = await once(child, 'close');
  return { code, said };
}

const enroll = (...more: readonly string[]) => [
  'enroll',
  url,
  '--data',
  join(base, 'data'),
  '--root',
  base,
  ...more,
];

describe('[X16] enroll', () => {
  test('takes its token from standard input', async () => {
    expect(await run(enroll(), `${TOKEN}\n`)).toMatchObject({ code: 0 });
    expect(tokens).toEqual([TOKEN]);
  });

  test('takes it from a file that nobody else can read', async () => {
    const file = join(base, 'token');
    writeFileSync(file, TOKEN, { mode: 0o600 });
    expect(await run(enroll('--token-file', file))).toMatchObject({ code: 0 });
    expect(tokens).toEqual([TOKEN]);
    chmodSync(file, 0o644);
    const { code, said } = await run(enroll('--token-file', file));
    expect(code).toBe(1);
    expect(said).toContain('Other accounts can read');
    expect(tokens).toHaveLength(1);
  });

  test('refuses one as an argument and explains how instead', async () => {
    const { code, said } = await run(['enroll', url, TOKEN, '--data', join(base, 'data'), '--root', base]);
    expect(code).toBe(2);
    expect(said).toContain('muster-runner enroll <url> --token-file <file>');
    expect(said).not.toContain(TOKEN);
    expect(tokens).toEqual([]);
  });

  test('asks once: an empty input is an error', async () => {
    const { code, said } = await run(enroll(), '');
    expect([code, said]).toEqual([
      1,
      expect.stringContaining('There is no enrolment token in standard input'),
    ]);
  });

  test('refuses a data directory that others can enter', async () => {
    const open = join(base, 'data');
    await run(enroll(), TOKEN);
    chmodSync(open, 0o755);
    for (const command of [
      enroll(),
      ['run', '--data', open],
      ['status', '--data', open],
      ['stop', '--data', open],
    ]) {
      const { code, said } = await run(command, TOKEN);
      expect(code).toBe(1);
      expect(said).toContain(`chmod 700 ${open}`);
    }
    expect(tokens).toHaveLength(1);
  });
});

describe('a command that is not one', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['dance']],
    ['an unknown flag', ['run', '--dance']],
    ['no value', ['run', '--data']],
    ['no address', ['enroll']],
    ['too much', ['status', 'all']],
    ['a keeper of nobody', ['keeper']],
  ])('%s is told its usage', async (_what, args) => {
    const { code, said } = await run(args);
    expect(code).toBe(2);
    expect(said.toLowerCase()).toContain('usage: muster-runner');
    expect(said).not.toMatch(/^\s+at /m);
  });

  test.each([
    [['--help']],
    [['help']],
    [['enroll', '--help']],
    [['run', '--help']],
    [['keeper', '--help']],
    [['--version']],
  ])('%s is answered', async (args) => {
    const { code, said } = await run(args);
    expect(code).toBe(0);
    expect(said).not.toMatch(/^\s+at /m);
  });

  test.each([
    ['an address that is none', ['enroll', 'muster'], 'is no address'],
    [
      'a root that is none',
      ['enroll', 'http://127.0.0.1:1', '--root', '/nowhere'],
      '/nowhere is not a directory',
    ],
    ['a server that is not there', ['enroll', 'http://127.0.0.1:1', '--root', '/'], 'cannot be reached'],
    ['a host that is not enrolled', ['run'], 'enroll this host first'],
  ])('%s is told in words', async (_what, args, words) => {
    const { code, said } = await run([...args, '--data', join(base, 'data')], TOKEN);
    expect(code).toBe(1);
    expect(said).toContain(words);
    expect(said).not.toMatch(/\bat \w+ \(|"stack"/);
  });
});
