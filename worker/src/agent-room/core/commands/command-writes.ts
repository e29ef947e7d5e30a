import type { Commit } from '../types.ts';
import type { CommandRecord } from './command.ts';
import type { CommandEvent } from './command-events.ts';

/** The part of a room that is changed here. */
interface CommandState {
  readonly commands: Map<string, CommandRecord>;
  outbox: CommandEvent[];
}

/** What one event changes of the commands: in memory at once, on disk with the event's transaction. */
export class CommandWrites {
  private readonly room: CommandState;
  private readonly written = new Map<string, CommandRecord>();
  private readonly dropped = new Set<string>();
  private readonly events: CommandEvent[] = [];
  /** Q9: the queue, or what runs, is another now. */
  changed = false;

  constructor(room: CommandState) {
    this.room = room;
  }

  put(record: CommandRecord): void {
    this.room.commands.set(record.commandId, record);
    this.written.set(record.commandId, record);
    this.changed = true;
  }

  drop(commandId: string): void {
    this.room.commands.delete(commandId);
    this.written.delete(commandId);
    this.dropped.add(commandId);
  }

  append(event: CommandEvent): void {
    this.room.outbox.push(event);
    this.events.push(event);
  }

  get storesAnything(): boolean {
    return this.written.size > 0 || this.dropped.size > 0 || this.events.length > 0;
  }

  commit(): Pick<Commit, 'commands' | 'dropCommands' | 'commandEvents'> {
    return {
      ...(this.written.size > 0 ? { commands: [...this.written.values()] } : {}),
      ...(this.dropped.size > 0 ? { dropCommands: [...this.dropped] } : {}),
      ...(this.events.length > 0 ? { commandEvents: this.events } : {}),
    };
  }
}
