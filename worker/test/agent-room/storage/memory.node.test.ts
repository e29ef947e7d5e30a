import { describe, it } from 'vitest';
import { MemoryRoomStore } from '../../../src/agent-room/storage/memory.ts';
import { roomStoreContract } from './contract.ts';

describe('the room’s store in memory', () => {
  roomStoreContract((name, check) =>
    it(name, () => {
      const store = new MemoryRoomStore();
      check(() => store);
    }),
  );
});
