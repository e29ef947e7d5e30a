import { type Env, historyDays } from './env.ts';
import { handlePlainSocket } from './gateway/gateway.ts';
import { reindexOld } from './history/reindex.ts';
import { forgetOld } from './history/retention.ts';
import { makeApi } from './http/api.ts';

export { AgentRoom } from './agent-room/room.ts';
export { PolledLine } from './poll/polled-line.ts';
export { TeamLobby } from './team-lobby/lobby.ts';

const { fetch } = makeApi(handlePlainSocket);

export default {
  fetch,
  /** By the cron of wrangler.toml; in local mode by `worker/local/modules/housekeeper.mjs`. */
  async scheduled(_controller, env) {
    const now = Date.now();
    await forgetOld(env.DB, historyDays(env), now);
    await reindexOld(env.DB, now);
  },
} satisfies ExportedHandler<Env>;
