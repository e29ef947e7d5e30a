import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentSpec, AgentSpecSchema, HostIdSchema, type Placement } from '@muster/protocol';
import { ALLOCATOR } from '../../src/host/allocator.ts';
import { DataDirectory } from '../../src/host/files.ts';
import { newKey } from '../../src/host/key.ts';
import { status, stopAll } from '../../src/runner/admin.ts';
import { pidFile } from '../../src/runner/main.ts';
import { builtCli } from './built-cli.ts';
import { FakeServer } from './fake-server.ts';

const HOST_ID = HostIdSchema.parse('00000000-0000-4000-8000-00000000000a');

/** Another Node than this one can run the processes: the runner is for Node 20 and later. */
const NODE = process.env['MUSTER_TEST_NODE'] ?? process.execPath;
let cli = '';

/** A host of its own for one test: a server, a data directory, a workspace, and real processes. */
export class TestHost {
  server: FakeServer;
  readonly data: DataDirectory;
  readonly workspace: string;
  /** The log of its runners. */
  logged = '';
  readonly #directory: string;
  readonly #children: ChildProcess[] = [];

  private constructor(server: FakeServer) {
    this.server = server;
    this.#directory = realpathSync(mkdtempSync(join(tmpdir(), 'muster-host-')));
    this.workspace = realpathSync(mkdtempSync(join(this.#directory, 'work-')));
    this.data = new DataDirectory(join(this.#directory, 'data'));
    this.data.saveHost({
      server: server.url,
      hostId: HOST_ID,
      key: newKey(),
      name: 'test',
      roots: [this.workspace],
    });
  }

  static async make(): Promise<TestHost> {
    cli = await builtCli();
    return new TestHost(await FakeServer.start());
  }

  /** Starts a runner and resolves when it has its lobby. */
  async run(...flags: string[]): Promise<ChildProcess> {
    const hellos = this.#hellos();
    const child = this.cli('run', ...flags);
    await this.server.until(() => this.#hellos() > hellos, 'runner:hello');
    return child;
  }

  cli(...args: string[]): ChildProcess {
    const child = spawn(NODE, [cli, ...args, '--data', this.data.path], {
      env: { ...ALLOCATOR, ...process.env },
      stdio: ['ignore', 'pipe', process.env['MUSTER_SHOW'] === undefined ? 'pipe' : 'inherit'],
    });
    child.stderr?.on('data', (text: Buffer) => {
      this.logged += text.toString();
    });
    this.#children.push(child);
    return child;
  }

  /** The server was closed; another takes its place and its rooms' place. */
  async comeBack(): Promise<void> {
    this.server = await FakeServer.start(Number(new URL(this.data.host().server).port));
  }

  placement(spec: Partial<AgentSpec> & Pick<AgentSpec, 'kind'>): Placement {
    const agentUid = randomUUID();
    const parsed = AgentSpecSchema.parse({
      agentUid,
      agentId: 'a',
      name: 'a',
      hostId: HOST_ID,
      workspace: this.workspace,
      restart: 'never',
      autostart: true,
      ...(spec.kind === 'terminal' ? { terminal: { cols: 80, rows: 24 } } : {}),
      ...spec,
    });
    return { spec: parsed, generation: 1 };
  }

  /** A shell line as a program. */
  shell(kind: 'process' | 'terminal', line: string, spec: Partial<AgentSpec> = {}): Placement {
    return this.placement({ kind, program: { command: '/bin/sh', args: ['-c', line] }, ...spec });
  }

  async keeperPid(agentUid: string): Promise<number | undefined> {
    const reports = await status(this.data);
    return reports.find((report) => report.agentUid === agentUid)?.keeper?.pid;
  }

  async end(): Promise<void> {
    await stopAll(this.data, pidFile(this.data)).catch(() => {});
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.server.close();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #hellos(): number {
    return this.server.received.filter(({ type }) => type === 'runner:hello').length;
  }
}
