import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe } from 'vitest';
import { SqliteLobbyStore } from '../../../src/team-lobby/storage/sqlite.ts';
import { Meter } from '../../../src/usage.ts';
import { lobbyStoreContract } from './contract.ts';

describe('the SQLite store', () => {
  lobbyStoreContract(async (work) => {
    const stub = env.LOBBIES.get(env.LOBBIES.idFromName(`store-${crypto.randomUUID()}`));
    await runInDurableObject(stub, (_lobby, { storage }) => {
      const open = () => new SqliteLobbyStore(storage, new Meter());
      work(open(), open);
    });
  });
});
