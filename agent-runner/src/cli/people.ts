import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { LIMITS } from '@muster/protocol';
import { Command, CommanderError } from 'commander';
import * as z from 'zod';
import { openLog } from '../host/log.ts';
import { ExtraVariableSchema } from '../host/owner-environment.ts';
import { UserError } from '../host/user-error.ts';
import { RUNNER_VERSION } from '../host/version.ts';
import { pidFile, run } from '../runner/main.ts';
import { DEFAULT_DATA, dataAt } from './data.ts';
import { ANOTHER_RUNS, USAGE } from './exit-codes.ts';

const ExtrasSchema = z.array(ExtraVariableSchema).max(LIMITS.environmentEntries);
const collected = (entry: string, before: readonly string[] = []) => [...before, entry];
const ENV = 'passes a variable of yours on to programs, or sets it (NAME=value); may be repeated';

/** @throws Mistake that names the entry */
function extrasOf(entries: readonly string[]): string[] {
  const parsed = ExtrasSchema.safeParse(entries);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(`--env ${entries[Number(issue?.path[0])] ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

const PathsSchema = z.array(z.string().min(1)).min(1);

const TOKEN_AS_ARGUMENT = `A token is no argument: every account of this machine can read arguments. Ask for a new one, since this one
may have been seen, and give it by standard input:

  muster-runner enroll <url>                       asks for it, and shows nothing
  muster-runner enroll <url> --token-file <file>   a file of mode 600
  … | muster-runner enroll <url>                   what another program prints`;

function realRoot(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new UserError(`--root ${path} is not a directory`);
  }
}

function serverAt(address: string): string {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new UserError(`${address} is no address of a server: it is like https://muster.example`);
  return address;
}

/** The commands that people use. Resolves to the exit code. */
export async function people(): Promise<number> {
  const log = openLog();
  let exitCode = 0;
  const program = new Command('muster-runner')
    .description('Runs the agents of this machine and keeps them reachable.')
    .version(RUNNER_VERSION)
    .exitOverride()
    .showHelpAfterError();
  const withData = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--data <dir>', 'where its state lies', DEFAULT_DATA);

  withData('enroll', 'makes this machine a host of a team, by a one-time token from standard input')
    .argument('<url>', 'where Muster is')
    .argument('[token]', 'Refused: other accounts can read arguments')
    .option('--token-file <file>', 'a file with the token, which only you can read')
    .option('--name <name>', 'what the host is called')
    .option('--root <dir...>', 'a directory under which agents may work', [homedir()])
    .option('--env <entry>', ENV, collected)
    .action(async (url: string, argument: string | undefined, { data, name, root, env, tokenFile }) => {
      if (argument !== undefined) throw new CommanderError(USAGE, 'muster.token', TOKEN_AS_ARGUMENT);
      const { enrol } = await import('../runner/enrol.ts');
      const { readSecret } = await import('./secret.ts');
      const server = serverAt(url);
      const roots = PathsSchema.parse(root).map(realRoot);
      const extra = env === undefined ? {} : { env: extrasOf(env) };
      const directory = dataAt(data);
      const token = await readSecret('enrolment token', tokenFile);
      const named = name === undefined ? {} : { name };
      const host = await enrol(directory, { server, token, roots, ...named, ...extra });
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
  // Run by `cli/hook.ts`, which loads in a fraction of the time.
  program
    .command('hook')
    .description('puts what a coding agent in a terminal asks into the inbox; see hook --help');
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said the rest.
    if (error.code === 'muster.token') process.stderr.write(`${error.message}\n`);
    return error.exitCode === 0 ? 0 : USAGE;
  }
  return exitCode;
}
