import { openDoor } from './door/door.ts';
import { type Env, historyDays } from './env.ts';
import { reindexOld } from './history/reindex.ts';
import { forgetOld } from './history/retention.ts';
import { makeApi } from './routes/api.ts';

export { AgentRoom } from './agent-room/room.ts';
export { TeamLobby } from './lobby/lobby.ts';
export { PolledLine } from './poll/polled-line.ts';

const { fetch } = makeApi(openDoor);

export default {
  fetch,
  /** By the cron of wrangler.toml; in local mode by `worker/local/modules/housekeeper.mjs`. */
  async scheduled(_controller, env) {
    const now = Date.now();
    await forgetOld(env.DB, historyDays(env), now);
    await reindexOld(env.DB, now);
  },
} satisfies ExportedHandler<Env>;
