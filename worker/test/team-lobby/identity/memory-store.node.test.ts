import { describe } from 'vitest';
import { MemoryIdentityStore } from '../core/identity/memory-store.ts';
import { identityStoreContract } from './store-contract.ts';

describe('the memory store of people', () => {
  identityStoreContract((work) => {
    const store = new MemoryIdentityStore();
    work(store, () => store);
  });
});
