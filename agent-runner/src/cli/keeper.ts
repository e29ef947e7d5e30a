import { AgentUidSchema } from '@muster/protocol';
import { openLog } from '../host/log.ts';
import { runKeeper } from '../keeper/main.ts';
import { DEFAULT_DATA, dataAt } from './data.ts';
import { ANOTHER_RUNS, USAGE } from './exit-codes.ts';

/** By hand, as no person types this: Node's own reader of flags is a fifth of a megabyte in each keeper (F11). */
function after(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at === -1 ? undefined : args[at + 1];
}

/** The process that a runner starts for each agent. Resolves to the exit code. */
export async function keeper(args: readonly string[]): Promise<number> {
  const parsed = AgentUidSchema.safeParse(after(args, '--agent'));
  if (!parsed.success) {
    process.stderr.write(
      'Usage: muster-runner keeper --agent <uid> [--data <dir>] [--start]\nThe runner starts these.\n',
    );
    return args.includes('--help') ? 0 : USAGE;
  }
  const agentUid = parsed.data;
  const data = dataAt(after(args, '--data') ?? DEFAULT_DATA);
  const log = openLog().child({ agentUid });
  const ran = await runKeeper({ data, agentUid, start: args.includes('--start'), log });
  if (!ran) log.error({}, 'another keeper of this agent runs on this host');
  return ran ? 0 : ANOTHER_RUNS;
}
