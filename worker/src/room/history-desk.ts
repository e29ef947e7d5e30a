import { type Delivered, deliver, type Refused } from '../history/deliver.ts';
import { HistoryFlush } from '../history/flush.ts';
import type { CommandEvent, HistoryBatch, HistoryWriter } from '../history/types.ts';
import { inPortions, withOutput } from '../recording/printed.ts';
import { untaken } from './core/outbox.ts';
import type { RecordingAsk, RecordingPiece } from './core/recording.ts';
import type { RoomState } from './core/state.ts';
import type { Durable } from './core/types.ts';

/** A1: steps written to history at a time. */
const STEPS = 500;

export interface HistoryDeskPorts {
  readonly writer: HistoryWriter;
  readonly room: () => RoomState;
  readonly recording: (ask: RecordingAsk) => Promise<RecordingPiece>;
  /** History has all steps up to this number, but for those it will never take. */
  readonly taken: (upTo: number, refused: readonly Refused[]) => void;
}

/** A1: a room's steps on their way to history, with what their commands printed. */
export class HistoryDesk {
  readonly #ports: HistoryDeskPorts;
  readonly #flush: HistoryFlush;

  constructor(ports: HistoryDeskPorts) {
    this.#ports = ports;
    this.#flush = new HistoryFlush(ports.writer);
  }

  /** H2: when `write` has something to do, ms since 1970; null: nothing waits. */
  due(): number | null {
    return this.#flush.due(untaken(this.#ports.room(), 1)[0]);
  }

  /** In the alarm, where it is due. What is not taken is due again. */
  async write(now: number): Promise<void> {
    const room = this.#ports.room();
    const { durable } = room;
    const [events = []] = inPortions(untaken(room, STEPS));
    const [oldest] = events;
    const due = this.#flush.due(oldest);
    if (durable === null || oldest === undefined || due === null || due > now) return;
    this.#take(await this.#flush.write(oldest, () => this.#batch(durable, events), now));
  }

  /** Before the room is gone. @throws Error when D1 does not take them */
  async writeAll(): Promise<void> {
    const { durable, outbox } = this.#ports.room();
    if (durable === null) return;
    for (const events of inPortions(outbox)) {
      const delivered = await deliver(this.#ports.writer, await this.#batch(durable, events));
      this.#take(delivered);
      if (delivered.failure !== null) throw delivered.failure;
    }
  }

  #take({ upTo, refused }: Delivered): void {
    if (upTo !== null) this.#ports.taken(upTo, refused);
  }

  async #batch({ team, placement }: Durable, events: readonly CommandEvent[]): Promise<HistoryBatch> {
    const { agentId } = placement.spec;
    return { team, agentId, events: await withOutput(events, this.#ports.recording) };
  }
}
