import { describe } from 'vitest';
import { MemoryPushStore } from '../../src/team-lobby/storage/memory-push.ts';
import { pushStoreContract } from './contract.ts';

describe('pushes in memory', () => {
  pushStoreContract(async (act) => {
    const store = new MemoryPushStore();
    act(() => store);
  });
});
