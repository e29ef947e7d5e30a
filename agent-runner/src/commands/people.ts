import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { LIMITS } from '@muster/protocol';
import { Command } from 'commander';
import * as z from 'zod';
import { openLog } from '../host/log.ts';
import { ExtraVariableSchema } from '../host/owner-environment.ts';
import { RUNNER_VERSION } from '../host/version.ts';
import { pidFile, run } from '../runner/main.ts';
import { DEFAULT_DATA, dataAt } from './data.ts';
import { ANOTHER_RUNS } from './exit-codes.ts';

const ExtrasSchema = z.array(ExtraVariableSchema).max(LIMITS.environmentEntries);
const collected = (entry: string, before: readonly string[] = []) => [...before, entry];
const ENV = 'passes a variable of yours on to programs, or sets it (NAME=value); may be repeated';

/** @throws Error that names the entry */
function extrasOf(entries: readonly string[]): string[] {
  const parsed = ExtrasSchema.safeParse(entries);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`--env ${entries[Number(issue?.path[0])] ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

const PathsSchema = z.array(z.string().min(1)).min(1);

/** The commands that people use. Resolves to the exit code. */
export async function people(): Promise<number> {
  const log = openLog();
  let exitCode = 0;
  const program = new Command('muster-runner')
    .description('Runs the agents of this machine and keeps them reachable.')
    .version(RUNNER_VERSION);
  const withData = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--data <dir>', 'where its state lies', DEFAULT_DATA);

  withData('enroll', 'makes this machine a host of a team')
    .argument('<url>', 'where Muster is')
    .argument('<token>', 'a one-time enrolment token')
    .option('--name <name>', 'what the host is called')
    .option('--root <dir...>', 'a directory under which agents may work', [homedir()])
    .option('--env <entry>', ENV, collected)
    .action(async (server: string, token: string, { data, name, root, env }) => {
      const { enrol } = await import('../runner/enrol.ts');
      const roots = PathsSchema.parse(root).map((path) => realpathSync(path));
      const host = await enrol(dataAt(data), {
        server,
        token,
        roots,
        ...(name === undefined ? {} : { name }),
        ...(env === undefined ? {} : { env: extrasOf(env) }),
      });
      console.log(`enrolled as ${host.name} (${host.hostId})`);
    });
  withData('run', 'runs until SIGTERM or SIGINT; agents go on unless told otherwise')
    .option('--stop-agents', 'ends the agents too when it ends', false)
    .option('--env <entry>', `${ENV}; in place of those it had`, collected)
    .action(async ({ data, stopAgents, env }) => {
      const cli = realpathSync(process.argv[1] ?? '');
      const extras = env === undefined ? undefined : extrasOf(env);
      if (await run({ data: dataAt(data), cli, stopAgents, env: extras, log })) return;
      log.error({ data }, 'another agent-runner runs on this data directory');
      exitCode = ANOTHER_RUNS;
    });
  withData('status', 'how the agents of this host stand').action(async ({ data }) => {
    const { status } = await import('../runner/admin.ts');
    for (const report of await status(dataAt(data))) console.log(JSON.stringify(report));
  });
  withData('stop', 'ends the agent-runner and all agents').action(async ({ data }) => {
    const { stopAll } = await import('../runner/admin.ts');
    const directory = dataAt(data);
    console.log(`ended ${await stopAll(directory, pidFile(directory))} agents`);
  });
  await program.parseAsync();
  return exitCode;
}
