import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MusterClient } from '@muster/client';
import { type AgentUid, CLOSE, SUBPROTOCOL } from '@muster/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { DataDirectory } from '../../agent-runner/src/host/files.ts';
import { findNode } from '../../scripts/lib/node.mjs';
import { agentIs, createAgent } from '../harness/agents.ts';
import { hostData, hostIsOnline } from '../harness/hosts.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { Printer } from '../harness/oracle.ts';
import { FaultyProxy } from '../harness/proxy.ts';
import { inMs, MB, say } from '../harness/say.ts';
import { survivorsOf, TAG } from '../harness/survivors.ts';
import { Digest, openClient } from '../harness/viewer.ts';
import { Watch } from '../harness/watch.ts';

const CLI = join(PROJECT, 'agent-runner', 'dist', 'cli.js');
const ADOPTED_MS = 2_000;
/** A keeper that may not come in is told so at once, not when the room next sleeps. */
const REFUSED_MS = 2_000;
const PRINT_MS = 60_000;
const SOON = { timeout: 10_000, interval: 10 };

let muster: Muster;
let client: MusterClient;
beforeAll(async () => {
  muster = await startMuster();
  client = openClient(muster);
  await hostIsOnline(client);
});
afterAll(async () => {
  client.close();
  await muster[Symbol.asyncDispose]();
});

const agent = (agentId: string) => client.agents.find((one) => one.agentId === agentId);
const uidOf = (agentId: string): AgentUid => {
  const uid = agent(agentId)?.agentUid;
  if (uid === undefined) throw new Error(`there is no ${agentId}`);
  return uid;
};
const keepersOf = (agentUid: AgentUid) =>
  survivorsOf(muster.tag).filter(({ command }) => command.includes(`keeper`) && command.includes(agentUid));
const running = (command: string) => survivorsOf(muster.tag).filter((one) => one.command.includes(command));

/** Says one word for ever, and notes down each of its starts. */
const saying = (word: string) =>
  ['sh', '-c', `echo >> ${word}.starts; while :; do echo ${word}; sleep 0.02; done`] as const;
const startsOf = (word: string) => statSync(join(muster.directory, `${word}.starts`)).size;
const saidOnly = (word: string, bytes: number) =>
  createHash('sha256')
    .update(`${word}\n`.repeat(bytes / (word.length + 1)))
    .digest('hex');

/** The agent-runner's command, as one of this Muster's processes. Resolves to what it said. */
const cli = (...args: readonly string[]) =>
  promisify(execFile)(findNode(), [CLI, ...args], { env: { ...process.env, [TAG]: muster.tag } });

/** What a restored backup, or a disk moved to another machine, holds of an agent: its program does not run there. */
function copyAgent(agentUid: AgentUid, to: DataDirectory): void {
  cpSync(hostData(muster).agent(agentUid).path, to.agent(agentUid).path, { recursive: true });
  to.agent(agentUid).remove('program.json');
}

/** Its keeper starts the program while nobody can be reached, then reaches the server. Resolves when the keeper has ended. */
async function comeBack(agentUid: AgentUid, data: DataDirectory, started: () => boolean): Promise<void> {
  await using proxy = await FaultyProxy.open(muster.url);
  data.saveHost({ ...data.host(), server: proxy.url });
  proxy.set('stall');
  const ended = cli('keeper', '--data', data.path, '--agent', agentUid, '--start');
  await vi.waitFor(() => expect(started()).toBe(true), SOON);
  proxy.set('pass');
  await ended;
}

function expectArchived(data: DataDirectory): void {
  expect(data.agents()).toEqual([]);
  const archive = join(data.path, 'archive');
  const [name = '', ...others] = readdirSync(archive);
  expect(others).toEqual([]);
  expect(readdirSync(join(archive, name, 'spool'))).not.toEqual([]);
}

describe('the runner', () => {
  it('[P3] is killed: the program goes on, and the next runner adopts it within 2 s', async () => {
    const printer = new Printer(muster, 24 * MB, { rate: 4 * MB });
    await createAgent(client, muster, {
      agentId: 'adopted',
      program: printer.program,
      terminal: { cols: 80, rows: 24 },
    });
    await using watch = new Watch(muster, 'adopted');
    await watch.reaches(MB);
    await agentIs(client, 'adopted', ({ connection, pid }) => connection === 'online' && pid !== undefined);
    const pid = agent('adopted')?.pid;
    const before = muster.running.runner?.pid ?? 0;
    const away = agentIs(client, 'adopted', ({ connection }) => connection === 'offline');
    const killed = performance.now();
    process.kill(before, 'SIGKILL');
    await away;
    const back = agentIs(client, 'adopted', ({ connection }) => connection === 'online');
    await vi.waitFor(() => expect(muster.running.runner?.pid).not.toBe(before), SOON);
    const started = performance.now();
    await back;
    const adopted = performance.now();
    say(
      `runner killed: the next one started after ${inMs(started - killed)}, had the agent ${inMs(adopted - started)} later`,
    );
    expect(adopted - started).toBeLessThan(ADOPTED_MS);
    expect(agent('adopted')).toMatchObject({ pid, status: 'running' });
    expect(keepersOf(uidOf('adopted'))).toHaveLength(1);
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    expect(await watch.ended()).toMatchObject({ bytes, sha256, gaps: 0 });
  });
});

describe('an old keeper comes back', () => {
  it('[N1] [N2] after its agent was deleted and made again: it ends, its spool is archived, nothing is mixed', async () => {
    await createAgent(client, muster, { agentId: 'phoenix', program: saying('old') });
    const first = uidOf('phoenix');
    const before = new Digest(client, 'phoenix');
    await before.reaches(40);
    before.close();
    const copy = new DataDirectory(join(muster.directory, 'backup'));
    copyAgent(first, copy);
    copy.saveHost(hostData(muster).host());
    expect(running('echo old')).toHaveLength(1);
    await client.request('agent:delete', { agentId: 'phoenix' });
    await vi.waitFor(() => expect([...keepersOf(first), ...running('echo old')]).toEqual([]), SOON);

    await createAgent(client, muster, { agentId: 'phoenix', program: saying('new') });
    expect(uidOf('phoenix')).not.toBe(first);
    const after = new Digest(client, 'phoenix');
    await after.reaches(40);
    await comeBack(first, copy, () => startsOf('old') === 2);
    expect(running('echo old')).toEqual([]);
    expectArchived(copy);
    await after.reaches(after.bytes + 40);
    expect(after.sha256).toBe(saidOnly('new', after.bytes));
    expect(after.gaps).toBe(0);
    after.close();
    say('an agent made again under its name: its old keeper was sent away, nothing mixed');
  });

  it('[N2] as another host: 4409, its program is ended and its spool archived; the first one goes on', async () => {
    await createAgent(client, muster, { agentId: 'claimed', program: saying('one') });
    const uid = uidOf('claimed');
    const digest = new Digest(client, 'claimed');
    await digest.reaches(40);
    const rival = await anotherHost();
    copyAgent(uid, rival);
    const asked = performance.now();
    expect(await closeCode(uid, rival.host().token)).toBe(CLOSE.superseded);
    expect(performance.now() - asked).toBeLessThan(REFUSED_MS);

    // Both hosts are this machine, where a lock lets one keeper of an agent live: the first one's is away meanwhile.
    const runner = muster.running.runner?.pid ?? 0;
    process.kill(runner, 'SIGSTOP');
    const [keeper] = keepersOf(uid);
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(keepersOf(uid)).toEqual([]), SOON);
    expect(startsOf('one')).toBe(1);
    await comeBack(uid, rival, () => startsOf('one') === 2);
    await vi.waitFor(() => expect(running('echo one')).toEqual([]), SOON);
    expectArchived(rival);

    process.kill(runner, 'SIGCONT');
    await agentIs(
      client,
      'claimed',
      ({ status, connection }) => status === 'crashed' && connection === 'online',
    );
    const { bytes } = digest;
    await client.request('agent:start', { agentId: 'claimed' });
    await digest.reaches(bytes + 40);
    expect(digest.sha256).toBe(saidOnly('one', digest.bytes));
    expect(digest.gaps).toBe(0);
    digest.close();
    say('two hosts with one agent: 4409 for the second, one writer, nothing mixed');
  });
});

/** Enrols a host beside the first, on a data directory of its own. */
async function anotherHost(): Promise<DataDirectory> {
  const headers = { authorization: `Bearer ${muster.token}` };
  const answer = await fetch(`${muster.url}/api/hosts/enrolment`, { method: 'POST', headers });
  const { token } = z.object({ token: z.string() }).parse(await answer.json());
  const data = new DataDirectory(join(muster.directory, 'rival'));
  const where = ['--server', muster.url, '--data', data.path, '--root', muster.directory];
  await cli('enrol', ...where, '--token', token, '--name', 'rival');
  return data;
}

/** How the room ends the socket of a keeper with this host's token. */
async function closeCode(agentUid: AgentUid, token: string): Promise<number> {
  const address = `${muster.url.replace('http', 'ws')}/ws/keepers/${agentUid}`;
  const socket = new WebSocket(address, SUBPROTOCOL, { headers: { authorization: `Bearer ${token}` } });
  const [code] = await once(socket, 'close');
  return z.number().parse(code);
}
