/**
 * Keeps what later versions must live with: this version's built runner and client, and a data directory that it has
 * lived in. Run once when a version is marked: `node test/versions/make.ts`. Writes test/versions/<version>/.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandsOf, type MusterClient } from '@muster/client';
import { build } from 'esbuild';
import * as z from 'zod';
import { agentIs } from '../harness/agents.ts';
import { enrolHost } from '../harness/host-cli.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { tokenOf } from '../harness/members.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { until } from '../harness/until.ts';
import { openClient } from '../harness/viewer.ts';
import { factsOf, get, post, type Server } from './facts.ts';

/** It exists wherever the directory is opened later, so that its agents can go on there. */
const WORKSPACE = '/tmp';
const WAIT_MS = 30_000;
const TERMINAL = { cols: 90, rows: 28 };
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };

/** Agents of each kind and end: running terminal and pipe, ended, crashed, recorded, deleted. */
async function createAgents(client: MusterClient): Promise<void> {
  const create = (agentId: string, program: readonly string[], more: Record<string, unknown> = {}) => {
    const [command = '', ...args] = program;
    return client.request('agent:create', {
      name: agentId,
      agentId,
      kind: 'process',
      program: { command, args: [...args] },
      workspace: WORKSPACE,
      environment: PLAIN,
      terminal: false,
      ...more,
    });
  };
  await create('shell', ['bash', '--norc', '-i'], { kind: 'terminal', terminal: TERMINAL });
  await create('reader', ['cat'], { labels: { team: 'blue' }, restart: 'always' });
  await create('finished', ['sh', '-c', 'echo all done'], { restart: 'never' });
  await create('failed', ['sh', '-c', 'echo it breaks >&2; exit 3'], { restart: 'never' });
  await create('gone', ['cat']);
  const film =
    'for i in 1 2 3 4 5; do printf "\\033[3%dmline %d äöü 漢字\\033[0m\\r\\n" $i $i; done; exec cat';
  await create('film', ['bash', '-c', film], { kind: 'terminal', terminal: TERMINAL, autostart: false });
  await client.request('agent:update', { agentId: 'film', recording: true });
  await client.request('agent:start', { agentId: 'film' });
  for (const agentId of ['shell', 'reader', 'gone', 'film'])
    await agentIs(client, agentId, ({ status }) => status === 'running');
  await agentIs(client, 'finished', ({ status }) => status === 'stopped');
  await agentIs(client, 'failed', ({ status }) => status === 'crashed');
}

const FINAL = new Set(['completed', 'failed', 'interrupted', 'cancelled']);

async function statusOf(server: Server, commandId: string): Promise<string> {
  const told: unknown = await (await get(server, `/api/commands/${commandId}`)).json();
  return z.object({ command: z.object({ status: z.string() }) }).parse(told).command.status;
}

async function ended(server: Server, commandId: string): Promise<void> {
  for (const end = Date.now() + WAIT_MS; !FINAL.has(await statusOf(server, commandId)); )
    if (Date.now() > end) throw new Error(`${commandId} does not end`);
}

async function runCommands(client: MusterClient, server: Server): Promise<void> {
  const commands = commandsOf(client);
  const lines = [
    'printf "built äöü 漢字\\n"; echo warning >&2',
    'echo 发生错误了',
    'exit 7',
    'seq 1 2000',
    'sleep 600',
  ];
  const ids: string[] = [];
  for (const line of lines) ids.push(await commands.request('reader', line));
  for (const id of ids.slice(0, 4)) await ended(server, id);
  const waiting = await commands.request('reader', 'echo never started');
  await commands.cancel(waiting);
  await commands.interrupt(ids[4] ?? '', { force: true });
  await ended(server, ids[4] ?? '');
  await commands.request('gone', 'echo before the end').then((id) => ended(server, id));
}

async function invitePeople(muster: Muster): Promise<void> {
  await tokenOf(muster, { name: 'Olga', role: 'operator' });
  await tokenOf(muster, { name: 'Victor', role: 'viewer' });
  const mine = { url: muster.url, token: muster.token };
  await post(mine, '/api/tokens', { name: 'nightly', role: 'viewer', expiresIn: 366 * 86_400_000 });
  await post(mine, '/api/invitations', { name: 'Nobody Yet', role: 'viewer' });
}

const COUNT = z.object({ commands: z.array(z.looseObject({})) });
/** History is written seconds after what it tells. */
async function historyHas(server: Server, count: number): Promise<void> {
  for (const end = Date.now() + WAIT_MS; ; ) {
    const { commands } = COUNT.parse(await (await get(server, '/api/history/commands?limit=100')).json());
    const told = commands.filter(({ status }) => typeof status === 'string' && FINAL.has(status));
    if (told.length >= count) return;
    if (Date.now() > end) throw new Error(`history has ${told.length} of ${count} commands`);
  }
}

async function live(muster: Muster) {
  const client = openClient(muster);
  const server = { url: muster.url, token: muster.token };
  await hostIsOnline(client);
  await createAgents(client);
  const film = client.open('film', { history: 'full' });
  let shown = 0;
  film.on('output', ({ frames }) => {
    for (const { data } of frames) shown += data.byteLength;
  });
  await until('the recorded program printed', WAIT_MS, () => shown > 100);
  await runCommands(client, server);
  await invitePeople(muster);
  const { hostId } = (await enrolHost(muster, 'revoked')).host();
  await post(server, `/api/hosts/${hostId}/revoke`, {});
  await client.request('agent:delete', { agentId: 'gone' });
  await historyHas(server, 7);
  film.close();
  client.close();
  return server;
}

async function make(): Promise<void> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')));
  const target = join(PROJECT, 'test', 'versions', version);
  const stage = mkdtempSync(join(tmpdir(), 'muster-version-'));
  await using muster = await startMuster({ flags: ['--root', WORKSPACE] });
  const server = await live(muster);
  const facts = await factsOf(server, muster.ready.team, 'film');
  await muster.stop();

  const runner = join(stage, 'runner');
  cpSync(join(PROJECT, 'agent-runner', 'dist'), runner, { recursive: true });
  for (const name of readdirSync(runner)) if (name.endsWith('.map')) rmSync(join(runner, name));
  await build({
    entryPoints: [join(PROJECT, 'client', 'src', 'index.ts')],
    outfile: join(stage, 'client', 'client.mjs'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  });
  // With the modes that it had.
  execFileSync('cp', ['-a', muster.data, join(stage, 'data')]);
  rmSync(join(stage, 'data', 'state', 'page'), { recursive: true, force: true });

  mkdirSync(target, { recursive: true });
  for (const part of ['runner', 'client', 'data'])
    execFileSync('tar', ['-czf', join(target, `${part}.tar.gz`), '-C', stage, part]);
  writeFileSync(join(target, 'facts.json'), `${JSON.stringify(facts, null, 2)}\n`);
  rmSync(stage, { recursive: true, force: true });
}

await make();
