import { runInDurableObject } from 'cloudflare:test';
import { describe } from 'vitest';
import { SqlitePushStore } from '../../src/team-lobby/storage/push.ts';
import { lobbyStub, newTeam } from '../front.ts';
import { pushStoreContract } from './contract.ts';

describe('pushes in SQLite', () => {
  pushStoreContract((act) =>
    runInDurableObject(lobbyStub(newTeam()), (_lobby, { storage }) =>
      act(() => new SqlitePushStore(storage, { countRows: () => undefined })),
    ),
  );
});
