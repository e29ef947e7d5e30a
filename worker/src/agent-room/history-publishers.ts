import { historyIn } from '../history/write.ts';
import { itemHistoryIn } from '../history/write-items.ts';
import { earliest } from '../socket/deadlines.ts';
import { ConversationPublisher } from './conversation-publisher.ts';
import type { RecordingChunk, RecordingQuery } from './core/recording/index.ts';
import type { RoomState } from './core/state.ts';
import type { RoomEvent } from './core/types.ts';
import { HistoryPublisher } from './history-publisher.ts';
import type { RoomStore } from './storage/store.ts';

export interface HistoryPublishersPorts {
  readonly database: D1Database;
  readonly store: Pick<RoomStore, 'readEndedItems'>;
  readonly room: () => RoomState;
  readonly recording: (ask: RecordingQuery) => Promise<RecordingChunk>;
  readonly apply: (event: RoomEvent) => void;
}

/** A1, C14b: all that a room writes to history: the steps of its commands, and what was said in its conversations. */
export class HistoryPublishers {
  readonly #steps: HistoryPublisher;
  readonly #items: ConversationPublisher;

  constructor({ database, store, room, recording, apply }: HistoryPublishersPorts) {
    this.#steps = new HistoryPublisher({
      ...{ writer: historyIn(database), room, recording },
      agentWritten: (agent) => apply({ type: 'agent-written', agent }),
      stepsWritten: (upTo, refused) => apply({ type: 'steps-written', upTo, refused }),
    });
    this.#items = new ConversationPublisher({
      ...{ writer: itemHistoryIn(database), room },
      endedItems: (query) => store.readEndedItems(query),
      written: (written) => apply({ type: 'items-written', written }),
    });
  }

  /** H2: ms since 1970; null: nothing is pending. */
  nextDeadline(): number | null {
    return earliest([this.#steps.nextDeadline(), this.#items.nextDeadline()]);
  }

  /** Called by the alarm. */
  async write(now: number): Promise<void> {
    await Promise.all([this.#steps.write(now), this.#items.write(now)]);
  }

  /** Before the room is gone. @throws Error when D1 does not take it */
  async writeAll(now: number): Promise<void> {
    await this.#steps.writeAll(now);
    await this.#items.writeAll(now);
  }
}
