import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandsOf, type createClient, type MusterClient } from '@muster/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { agentIs, createAgent } from '../harness/agents.ts';
import { Child } from '../harness/child.ts';
import { enrolmentToken } from '../harness/host-cli.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { TAG } from '../harness/survivors.ts';
import { dial, OutputHasher, openClient } from '../harness/viewer.ts';
import { type Facts, FactsSchema, factsOf, get, recordedText, type Server, sha256 } from './facts.ts';

const HERE = import.meta.dirname;
const WAIT = { timeout: 60_000, interval: 100 };
const VERSIONS = readdirSync(HERE, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

const unpack = (version: string, part: string, where: string) => {
  mkdirSync(where, { recursive: true });
  execFileSync('tar', ['-xzf', join(HERE, version, `${part}.tar.gz`), '-C', where]);
};

const serverOf = (muster: Muster): Server => ({ url: muster.url, token: muster.token });

const VerifiedSchema = z.object({ state: z.string(), rows: z.number(), fault: z.unknown() });
const verified = async (muster: Muster) =>
  VerifiedSchema.parse(await (await get(serverOf(muster), '/api/audit/verify')).json());

/** What an agent printed so far, as a reader of everything has it. */
function textOf(client: MusterClient, agentId: string) {
  const feed = client.open(agentId, { history: 'full' });
  let text = '';
  feed.on('output', ({ frames }) => {
    for (const { data } of frames) text += Buffer.from(data).toString();
  });
  return { feed, shows: (what: string) => vi.waitFor(() => expect(text).toContain(what), WAIT) };
}

describe.each(VERSIONS)('a data directory of %s', (version) => {
  const facts: Facts = FactsSchema.parse(JSON.parse(readFileSync(join(HERE, version, 'facts.json'), 'utf8')));
  const muster = new Muster({ flags: ['--root', '/tmp'] });
  let client: MusterClient;

  beforeAll(async () => {
    // It is older every day; what this looks at is not whether old things are forgotten in time.
    vi.stubEnv('MUSTER_HISTORY_DAYS', '36500');
    vi.stubEnv('MUSTER_RECORDING_DAYS', '36500');
    unpack(version, 'data', muster.directory);
    chmodSync(muster.data, 0o700);
    await muster.start();
    client = openClient(muster);
    await hostIsOnline(client);
  });
  afterAll(async () => {
    client?.close();
    // Its programs do not carry this test's tag: they end with their agents.
    await muster.stop();
    await muster[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  it('[G4] opens with all that is in it', async () => {
    const now = await factsOf(serverOf(muster), muster.ready.team, facts.recording.agentId);
    const still = ({ status: _, ...agent }: Facts['agents'][number]) => agent;
    expect(now.agents.map(still)).toEqual(facts.agents.map(still));
    expect(now.commands).toEqual(facts.commands);
    expect(now.members).toEqual(facts.members);
    expect(now.hosts).toEqual(
      expect.arrayContaining(facts.hosts.map((host) => expect.objectContaining(host))),
    );
    expect(now.audit).toEqual(expect.arrayContaining(facts.audit));
    const text = await recordedText(serverOf(muster), facts.recording.agentId);
    expect(sha256(text.slice(0, facts.recording.characters))).toBe(facts.recording.sha256);
  });

  it('[X8] has an audit log whose chain holds, and goes on', async () => {
    const before = await verified(muster);
    expect(before).toMatchObject({ state: 'intact', fault: null });
    await client.request('agent:update', { agentId: 'reader', labels: { team: 'green' } });
    await vi.waitFor(async () => expect((await verified(muster)).rows).toBeGreaterThan(before.rows), WAIT);
    expect(await verified(muster)).toMatchObject({ state: 'intact', fault: null });
  });

  it('[P3] goes on: its agents run, print, take input and commands', async () => {
    await agentIs(
      client,
      'shell',
      ({ status, connection }) => status === 'running' && connection === 'online',
    );
    await agentIs(client, 'reader', ({ status }) => status === 'running');
    const shell = textOf(client, 'shell');
    await vi.waitFor(() => expect(shell.feed.input('echo goes-$((20+22))\r')).toBe(true), WAIT);
    await shell.shows('goes-42');
    shell.feed.close();
    const commandId = await commandsOf(client).request('reader', 'echo after the update');
    await vi.waitFor(async () => {
      const listed = await (await get(serverOf(muster), '/api/history/commands?limit=1')).json();
      expect(listed).toMatchObject({ commands: [{ commandId, status: 'completed', exitCode: 0 }] });
    }, WAIT);
  });

  it('opens again with what was added', async () => {
    await muster.stop();
    await muster.start();
    expect(await verified(muster)).toMatchObject({ state: 'intact', fault: null });
    const listed = z
      .object({ commands: z.array(z.looseObject({ command: z.string() })) })
      .parse(await (await get(serverOf(muster), '/api/history/commands?limit=100')).json());
    expect(listed.commands).toHaveLength(facts.commands.length + 1);
  });
});

describe.each(VERSIONS)('the runner and the client of %s', (version) => {
  // In the project, where what has native parts is found.
  const place = join(PROJECT, 'test', 'output');
  let muster: Muster;
  let client: MusterClient;
  let directory: string;
  let runner: Child;

  beforeAll(async () => {
    muster = await startMuster({ runner: false });
    client = openClient(muster);
    mkdirSync(place, { recursive: true });
    directory = mkdtempSync(join(place, `${version}-`));
    for (const part of ['runner', 'client']) unpack(version, part, directory);
    const data = ['--data', join(muster.directory, 'older')];
    const start = (...args: string[]) =>
      new Child(process.execPath, [join(directory, 'runner', 'cli.js'), ...args, ...data], {
        cwd: muster.directory,
        env: { ...process.env, [TAG]: muster.tag },
      });
    const enrolled = start(
      ...['enroll', muster.url, await enrolmentToken(muster), '--name', 'older', '--root', muster.directory],
    );
    expect(await enrolled.ended(), enrolled.stderr).toBe(0);
    runner = start('run', '--stop-agents');
    await hostIsOnline(client);
  });
  afterAll(async () => {
    client?.close();
    runner?.signal('SIGTERM');
    await runner?.ended();
    await muster[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  it('[N1] runs programs on terminals and pipes, and commands, whose output arrives whole', async () => {
    const program = ['sh', '-c', 'read line; seq 1 50000; exec cat'] as const;
    await createAgent(client, muster, { agentId: 'piped', program });
    await createAgent(client, muster, {
      agentId: 'drawn',
      program: ['bash', '--norc', '-i'],
      terminal: { cols: 80, rows: 24 },
    });
    const digest = new OutputHasher(client, 'piped');
    await vi.waitFor(() => expect(digest.feed.input('go\n')).toBe(true), WAIT);
    const whole = `${Array.from({ length: 50_000 }, (_, index) => index + 1).join('\n')}\n`;
    await digest.reaches(whole.length);
    expect([digest.bytes, digest.sha256, digest.gaps]).toEqual([whole.length, sha256(whole), 0]);
    digest.close();
    const shell = textOf(client, 'drawn');
    await vi.waitFor(() => expect(shell.feed.input('echo drawn-$((40+2))\r')).toBe(true), WAIT);
    await shell.shows('drawn-42');
    shell.feed.close();
    const commandId = await commandsOf(client).request('piped', 'echo from an older host; exit 3');
    await vi.waitFor(async () => {
      const told = await (await get(serverOf(muster), `/api/commands/${commandId}`)).json();
      expect(told).toMatchObject({ command: { status: 'failed', exitCode: 3 } });
    }, WAIT);
  });

  it('[P2] pauses, resumes, restarts and ends what it runs, over a crash of the server', async () => {
    await client.request('agent:pause', { agentId: 'piped' });
    await agentIs(client, 'piped', ({ status }) => status === 'paused');
    await muster.sigkill();
    await muster.start();
    await vi.waitFor(() => expect(client.connection.name).toBe('connected'), WAIT);
    await agentIs(client, 'piped', ({ connection }) => connection === 'online');
    await client.request('agent:resume', { agentId: 'piped' });
    await agentIs(client, 'piped', ({ status }) => status === 'running');
    await client.request('agent:restart', { agentId: 'drawn' });
    await agentIs(client, 'drawn', ({ status }) => status === 'running');
    await client.request('agent:terminate', { agentId: 'piped', force: true });
    await agentIs(client, 'piped', ({ status }) => status === 'crashed' || status === 'stopped');
  });

  it('[G4] its client lists agents, watches, types, and asks for commands', async () => {
    const older: { createClient: typeof createClient } = await import(
      pathToFileURL(join(directory, 'client', 'client.mjs')).href
    );
    const theirs = older.createClient({
      url: muster.url,
      team: muster.ready.team,
      token: () => Promise.resolve(muster.token),
      webSocket: dial,
    });
    await agentIs(theirs, 'drawn', ({ status }) => status === 'running');
    const shell = textOf(theirs, 'drawn');
    // The page before it drove, and has some time to come back.
    await theirs.request('driver:request', { agentId: 'drawn', take: true });
    await vi.waitFor(() => expect(shell.feed.input('echo theirs-$((3*14))\r')).toBe(true), WAIT);
    await shell.shows('theirs-42');
    const ack = await theirs.request('command:request', { agentId: 'drawn', command: 'true' });
    expect(ack.success).toBe(true);
    await expect(theirs.request('agent:start', { agentId: 'nosuch' })).rejects.toMatchObject({
      wire: { code: 'AGENT_NOT_FOUND' },
    });
    shell.feed.close();
    theirs.close();
  });

  it('[C4] its runner gets no agent that talks, and the refusal says what to do', async () => {
    const made = client.request('agent:create', { ...talking(muster), agentId: 'talks' });
    await expect(made).rejects.toMatchObject({
      wire: {
        code: 'AGENT_SPAWN_FAILED',
        message: expect.stringContaining('Upgrade the runner on older'),
        details: { field: 'hostId' },
      },
    });
    expect(client.agents.map(({ agentId }) => agentId)).not.toContain('talks');
  });

  it('[C4] its client lists an agent that talks as a process, beside the others', async () => {
    await using newer = await startMuster();
    const today = openClient(newer);
    await hostIsOnline(today);
    await today.request('agent:create', { ...talking(newer), agentId: 'talks' });
    await createAgent(today, newer, { agentId: 'plain', program: ['cat'] });
    const older: { createClient: typeof createClient } = await import(
      pathToFileURL(join(directory, 'client', 'client.mjs')).href
    );
    const token = () => Promise.resolve(newer.token);
    const theirs = older.createClient({ url: newer.url, team: newer.ready.team, token, webSocket: dial });
    await agentIs(theirs, 'talks', ({ kind, status }) => kind === 'process' && status === 'running');
    await agentIs(theirs, 'plain', ({ status }) => status === 'running');
    await agentIs(today, 'talks', ({ kind }) => kind === 'acp');
    theirs.close();
    today.close();
  });
});

/** An agent whose adapter is started by its first conversation only. */
const talking = ({ directory, tag }: Muster) => ({
  name: 'talks',
  kind: 'acp' as const,
  program: { command: process.execPath, args: ['adapter.js'] },
  workspace: directory,
  environment: { [TAG]: tag },
});
