import type { AgentId, WireError } from '@muster/protocol';
import type { LinkOptions } from './link.ts';
import { Room } from './room.ts';

/** How long the socket of a room stays open after its last user, ms: the next click finds it warm. */
export const LINGER_MS = 15_000;

interface Entry {
  readonly room: Room;
  users: number;
  /** A reader has it: one at a time. */
  reading: boolean;
  timer: ReturnType<typeof setTimeout> | null;
}

/**
 * The room sockets that are open, shared by reference count. Requests use any socket of their agent; a
 * reader takes one that has no other reader.
 */
export class Rooms {
  readonly #optionsFor: (agentId: AgentId) => LinkOptions;
  readonly #fault: (error: WireError, agentId: AgentId) => void;
  readonly #entries = new Set<Entry>();

  constructor(
    optionsFor: (agentId: AgentId) => LinkOptions,
    fault: (error: WireError, agentId: AgentId) => void,
  ) {
    this.#optionsFor = optionsFor;
    this.#fault = fault;
  }

  /** `release` is to be called exactly once. */
  acquire(agentId: AgentId, forReading: boolean): { readonly room: Room; readonly release: () => void } {
    const entry = this.#find(agentId, forReading) ?? this.#dial(agentId);
    entry.users += 1;
    if (forReading) entry.reading = true;
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    return {
      room: entry.room,
      release: () => {
        if (forReading) entry.reading = false;
        this.#release(entry);
      },
    };
  }

  each(act: (room: Room) => void): void {
    for (const { room } of [...this.#entries]) act(room);
  }

  close(): void {
    for (const entry of [...this.#entries]) this.#close(entry);
  }

  #find(agentId: AgentId, forReading: boolean): Entry | undefined {
    for (const entry of this.#entries) {
      const { room } = entry;
      if (room.agentId === agentId && room.usable && !(forReading && entry.reading)) return entry;
    }
    return undefined;
  }

  #dial(agentId: AgentId): Entry {
    const room = new Room(agentId, this.#optionsFor(agentId), this.#fault);
    const entry: Entry = { room, users: 0, reading: false, timer: null };
    this.#entries.add(entry);
    return entry;
  }

  #release(entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0 || !this.#entries.has(entry)) return;
    if (entry.room.usable) entry.timer = setTimeout(() => this.#close(entry), LINGER_MS);
    else this.#close(entry);
  }

  #close(entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer);
    this.#entries.delete(entry);
    entry.room.close();
  }
}
