import { describe } from 'vitest';
import { MemoryLobbyStore } from '../../../src/team-lobby/storage/memory.ts';
import { lobbyStoreContract } from './contract.ts';

describe('the memory store', () => {
  lobbyStoreContract((work) => {
    const store = new MemoryLobbyStore();
    work(store, () => store);
  });
});
