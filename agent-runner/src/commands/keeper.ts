import { parseArgs } from 'node:util';
import { AgentUidSchema } from '@muster/protocol';
import { openLog } from '../host/log.ts';
import { runKeeper } from '../keeper/main.ts';
import { DEFAULT_DATA, dataAt } from './data.ts';
import { ANOTHER_RUNS } from './exit-codes.ts';

/** What a runner starts for each agent. Resolves to the exit code. */
export async function keeper(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      agent: { type: 'string' },
      start: { type: 'boolean', default: false },
    },
  });
  const agentUid = AgentUidSchema.parse(values.agent);
  const data = dataAt(values.data ?? DEFAULT_DATA);
  const log = openLog().child({ agentUid });
  const ran = await runKeeper({ data, agentUid, start: values.start, log });
  if (!ran) log.error({}, 'another keeper of this agent runs on this host');
  return ran ? 0 : ANOTHER_RUNS;
}
