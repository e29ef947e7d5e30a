import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { SqliteRoomStore } from '../../../src/agent-room/storage/sqlite.ts';
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

  it('[S5] takes over what a room stored before its segments had a time', () =>
    runInDurableObject(env.ROOMS.get(env.ROOMS.newUniqueId()), (_, { storage }) => {
      storage.sql.exec(`CREATE TABLE room (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
        CREATE TABLE segments (slot INTEGER PRIMARY KEY, position INTEGER NOT NULL, epoch TEXT NOT NULL,
          first INTEGER NOT NULL, last INTEGER NOT NULL, data BLOB NOT NULL);
        INSERT INTO segments VALUES (3, 7, '00000000000000e1', 1, 2, x'0506');`);
      const before = Date.now();
      new SqliteRoomStore(storage, new Meter());
      const store = new SqliteRoomStore(storage, new Meter());
      const [segment, ...others] = store.load().segments;
      expect(others).toEqual([]);
      expect(segment).toMatchObject({ slot: 3, position: 7, first: 1, last: 2, bytes: 2 });
      expect(segment?.at).toBeGreaterThanOrEqual(before);
      expect([...store.read(3)]).toEqual([5, 6]);
    }));
});
