import { runInDurableObject } from 'cloudflare:test';
import { describe } from 'vitest';
import { SqliteIdentityStore } from '../../../src/team-lobby/storage/identity.ts';
import { Meter } from '../../../src/usage.ts';
import { lobbyStub, newTeam } from '../../front.ts';
import { identityStoreContract } from './store-contract.ts';

describe('the SQLite store of people', () => {
  identityStoreContract((work) =>
    runInDurableObject(lobbyStub(newTeam()), (_lobby, { storage }) => {
      const open = () => new SqliteIdentityStore(storage, new Meter());
      work(open(), open);
    }),
  );
});
