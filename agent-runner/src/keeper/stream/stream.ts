import type {
  Epoch,
  KeeperMessage,
  PermissionId,
  Position,
  StreamEvent,
  ToKeeperMessage,
} from '@muster/protocol';
import type { Spool } from '../../spool/spool.ts';
import { Coalescer } from './coalescer.ts';
import { CommandOutputs } from './command-outputs.ts';
import type { SnapshotMessage } from './pending-snapshot.ts';
import { Sender } from './sender.ts';
import { earliest } from './time.ts';
import { Updates } from './updates.ts';
import { Writer } from './writer.ts';

/** The room's messages about the stream. */
export type RoomMessage = Extract<
  ToKeeperMessage,
  { type: 'room:welcome' | 'stream:ack' | 'stream:resend' | 'stream:fetch' }
>;

export type StreamInput =
  /** `command`: the command it belongs to; absent: the program's. */
  | {
      readonly type: 'output';
      readonly stream: number;
      readonly data: Uint8Array;
      readonly command?: string;
      /** P8: a program waits for the reply: nothing is held back. */
      readonly prompt?: boolean;
    }
  /** C14: a change of a conversation: one frame, never cut. */
  | { readonly type: 'update'; readonly conversation: string; readonly data: Uint8Array }
  /** A numbered frame that is not output; what was printed before it stands before it. */
  | { readonly type: 'event'; readonly event: StreamEvent }
  /** The program's last byte is out: nothing waits for the rest of a character. */
  | { readonly type: 'output-ended' }
  /** S11: input reached the program, or a command. */
  | { readonly type: 'input'; readonly command?: string | undefined }
  /** Q5: what was started under this numbering is not known any more. */
  | { readonly type: 'journal-lost' }
  | { readonly type: 'link-up' }
  | { readonly type: 'link-down' }
  | { readonly type: 'room'; readonly message: RoomMessage }
  /** The socket of this link has written so many bytes of the batches it was given. */
  | { readonly type: 'drained'; readonly bytes: number }
  /** S14: a picture of the terminal, for the room. */
  | { readonly type: 'snapshot'; readonly snapshot: SnapshotMessage }
  | { readonly type: 'tick' };

export type StreamEffect =
  | { readonly type: 'text'; readonly message: KeeperMessage }
  | { readonly type: 'batch'; readonly bytes: Uint8Array }
  /** Give a `tick` then; it replaces the one before. */
  | { readonly type: 'timer'; readonly at: number | null }
  /** For the log: the disk takes no more, or takes it again. */
  | { readonly type: 'disk'; readonly full: boolean };

export interface StreamIdentity {
  readonly agentUid: Extract<KeeperMessage, { type: 'keeper:hello' }>['payload']['agentUid'];
  readonly generation: number;
  /** Of the agent-runner. */
  readonly version: string;
  readonly batchVersions: number[];
  readonly inputVersions?: number[];
  /** C7: what is open when it says this; absent: it has no conversations. */
  readonly openRequests?: () => readonly PermissionId[];
  /** C9: the revision of the policy that it has. */
  readonly policy?: () => number | null;
}

/**
 * The keeper's half of the stream (S1–S4, S6, S10–S12) as a state machine: inputs with their time in,
 * effects out. It reads no clock and makes no id; its only store is the spool.
 */
export class KeeperStream {
  readonly #spool: Spool;
  readonly #identity: StreamIdentity;
  readonly #coalescer: Coalescer;
  readonly #commands: CommandOutputs;
  readonly #updates: Updates;
  readonly #writer: Writer;
  readonly #sender: Sender;
  #effects: StreamEffect[] = [];
  #now: number;
  #timer: number | null = null;
  #diskFull = false;

  constructor(spool: Spool, identity: StreamIdentity, newEpoch: () => Epoch, now: number) {
    this.#spool = spool;
    this.#identity = identity;
    this.#now = now;
    this.#sender = new Sender(spool, {
      batch: (bytes) => this.#effects.push({ type: 'batch', bytes }),
      flush: () => this.#effects.push({ type: 'text', message: { type: 'stream:flush', payload: {} } }),
    });
    this.#writer = new Writer(spool, newEpoch, (written) => this.#sender.written(written, this.#now), now);
    this.#coalescer = new Coalescer((chunks) => this.#writer.output(chunks, this.#now));
    this.#commands = new CommandOutputs((chunks, of) => this.#writer.output(chunks, this.#now, of));
    this.#updates = new Updates((chunks, of) => this.#writer.output(chunks, this.#now, of));
  }

  /** The newest frame. */
  get head(): Position {
    return { epoch: this.#writer.epoch, sequence: this.#writer.next - 1 };
  }

  /** `now`: ms since 1970. */
  handle(input: StreamInput, now: number): readonly StreamEffect[] {
    this.#now = now;
    this.#sender.beginEvent();
    if (input.type === 'tick') this.#timer = null;
    this.#apply(input, now);
    this.#report();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #apply(input: StreamInput, now: number): void {
    switch (input.type) {
      case 'output':
        if (input.command !== undefined)
          return this.#commands.push(input.command, input.stream, input.data, now, input.prompt);
        this.#coalescer.push(input.stream, input.data, now);
        if (input.prompt === true) this.#coalescer.flush(now);
        return;
      case 'update':
        return this.#updates.push(input.conversation, input.data, now);
      case 'event':
        this.#coalescer.flush(now);
        this.#updates.flush(now);
        if (input.event.type === 'command:ended') this.#commands.end(input.event.commandId, now);
        return this.#writer.event(input.event, now);
      case 'output-ended':
        return this.#coalescer.flushAll(now);
      case 'input':
        if (input.command !== undefined) return this.#commands.expectAnswer(input.command, now);
        return this.#coalescer.expectAnswer(now);
      case 'journal-lost':
        this.#writer.openEpoch('journal-lost', now);
        return;
      case 'link-up':
        this.#sender.linkUp();
        return this.#hello(now);
      case 'link-down':
        return this.#sender.linkDown();
      case 'room':
        return this.#handleRoomMessage(input.message, now);
      case 'drained':
        return this.#sender.drained(input.bytes, now);
      case 'snapshot':
        return this.#sender.snapshot(input.snapshot, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  #handleRoomMessage(message: RoomMessage, now: number): void {
    switch (message.type) {
      case 'room:welcome': {
        const { epoch, next } = message.payload;
        if (epoch === this.#writer.epoch && next > this.#writer.next)
          this.#writer.openEpoch('room-ahead', now);
        return this.#sender.welcome(epoch, next, now);
      }
      case 'stream:ack':
        return this.#sender.ack(message.payload, now);
      case 'stream:resend': {
        const { epoch, from } = message.payload;
        return this.#sender.resend({ epoch, sequence: from }, now);
      }
      case 'stream:fetch':
        this.#sender.fetch(message.payload, now);
    }
  }

  #tick(now: number): void {
    this.#coalescer.tick(now);
    this.#commands.tick(now);
    this.#updates.tick(now);
    this.#writer.tick(now);
    this.#sender.tick(now);
  }

  #hello(now: number): void {
    const range = this.#spool.epochs().at(-1);
    const first = range?.first ?? 0;
    const last = range?.last ?? 0;
    const { openRequests, policy, ...identity } = this.#identity;
    const held = policy === undefined ? {} : { policy: policy() };
    const open = openRequests === undefined ? {} : { openRequests: [...openRequests()] };
    const payload = { ...identity, ...held, ...open, epoch: this.#writer.epoch, first, last, now };
    this.#effects.push({ type: 'text', message: { type: 'keeper:hello', payload } });
  }

  #report(): void {
    const full = this.#writer.dueAt() !== null;
    if (full !== this.#diskFull) this.#effects.push({ type: 'disk', full });
    this.#diskFull = full;
    const printed = earliest(this.#coalescer.dueAt(), this.#commands.dueAt(), this.#updates.dueAt());
    const at = earliest(printed, this.#writer.dueAt(), this.#sender.dueAt());
    if (at !== this.#timer) this.#effects.push({ type: 'timer', at });
    this.#timer = at;
  }
}
