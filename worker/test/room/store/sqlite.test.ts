import { env, runInDurableObject } from 'cloudflare:test';
import { describe, it } from 'vitest';
import { SqliteRoomStore } from '../../../src/room/store/sqlite.ts';
import { Meter } from '../../../src/usage.ts';
import { roomStoreContract } from './contract.ts';

describe('the room’s store in the SQLite of a Durable Object', () => {
  roomStoreContract((name, check) =>
    it(name, () =>
      runInDurableObject(env.ROOMS.get(env.ROOMS.newUniqueId()), (_, state) =>
        check(() => new SqliteRoomStore(state.storage, new Meter())),
      ),
    ),
  );
});
