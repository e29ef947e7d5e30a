#!/usr/bin/env node
import { mkdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AgentUidSchema } from '@muster/protocol';
import { pino } from 'pino';
import { z } from 'zod';
import { DataDirectory } from './host/files.ts';
import { RUNNER_VERSION } from './host/version.ts';

const PathsSchema = z.array(z.string().min(1)).min(1);
const STDERR = 2;
const ANOTHER_RUNS = 3;
const log = pino(
  { level: process.env['MUSTER_LOG'] ?? 'info' },
  pino.destination({ fd: STDERR, sync: true }),
);
const defaultData = join(homedir(), '.muster-runner');

/** One directory by one name, whatever links lead there: locks and sockets are named after it. */
function dataAt(path: string): DataDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return new DataDirectory(realpathSync(resolve(path)));
}

/** Kept apart from the commands for people, so that a keeper carries nothing it does not need. */
async function keeper(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      agent: { type: 'string' },
      start: { type: 'boolean', default: false },
    },
  });
  const { runKeeper } = await import('./keeper/main.ts');
  const agentUid = AgentUidSchema.parse(values.agent);
  const data = dataAt(values.data ?? defaultData);
  const ran = await runKeeper({ data, agentUid, start: values.start, log: log.child({ agentUid }) });
  if (!ran) log.error({ agentUid }, 'another keeper of this agent runs on this host');
  return ran ? 0 : ANOTHER_RUNS;
}

async function people(): Promise<number> {
  const { Command } = await import('commander');
  const { enrol } = await import('./runner/enrol.ts');
  const { run, pidFile } = await import('./runner/main.ts');
  const { status, stopAll } = await import('./runner/admin.ts');
  let exitCode = 0;
  const program = new Command('muster-runner')
    .description('Runs the agents of this machine and keeps them reachable.')
    .version(RUNNER_VERSION);
  const withData = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--data <dir>', 'where its state lies', defaultData);

  withData('enrol', 'makes this machine a host of a team')
    .requiredOption('--server <url>', 'where Muster is')
    .requiredOption('--token <token>', 'a one-time enrolment token')
    .option('--name <name>', 'what the host is called')
    .option('--root <dir...>', 'a directory under which agents may work', [homedir()])
    .action(async ({ data, server, token, name, root }) => {
      const roots = PathsSchema.parse(root).map((path) => realpathSync(path));
      const host = await enrol(dataAt(data), {
        server,
        token,
        roots,
        ...(name === undefined ? {} : { name }),
      });
      console.log(`enrolled as ${host.name} (${host.hostId})`);
    });
  withData('run', 'runs until SIGTERM or SIGINT; agents go on unless told otherwise')
    .option('--stop-agents', 'ends the agents too when it ends', false)
    .action(async ({ data, stopAgents }) => {
      const cli = realpathSync(process.argv[1] ?? '');
      if (await run({ data: dataAt(data), cli, stopAgents, log })) return;
      log.error({ data }, 'another agent-runner runs on this data directory');
      exitCode = ANOTHER_RUNS;
    });
  withData('status', 'how the agents of this host stand').action(async ({ data }) => {
    for (const report of await status(dataAt(data))) console.log(JSON.stringify(report));
  });
  withData('stop', 'ends the agent-runner and all agents').action(async ({ data }) => {
    const directory = dataAt(data);
    console.log(`ended ${await stopAll(directory, pidFile(directory))} agents`);
  });
  await program.parseAsync();
  return exitCode;
}

const [, , command, ...rest] = process.argv;
(command === 'keeper' ? keeper(rest) : people()).then(
  (code) => process.exit(code),
  (error: unknown) => {
    log.fatal({ err: error }, error instanceof Error ? error.message : 'failed');
    process.exit(1);
  },
);
