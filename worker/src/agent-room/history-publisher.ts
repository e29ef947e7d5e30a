import type { PastAgent } from '@muster/protocol';
import { type Delivered, deliver, type Refused } from '../history/deliver.ts';
import { HistoryFlush } from '../history/flush.ts';
import type { CommandEvent, HistoryBatch, HistoryWriter } from '../history/types.ts';
import { batchesOfSteps, withOutput } from '../recording/step-output.ts';
import { pendingSteps } from './core/commands/index.ts';
import type { RecordingChunk, RecordingQuery } from './core/recording/index.ts';
import { pastAgent } from './core/reporting/index.ts';
import type { RoomState } from './core/state.ts';
import type { Durable } from './core/types.ts';

/** A1: steps written to history at a time. */
const STEPS = 500;

export interface HistoryPublisherPorts {
  readonly writer: HistoryWriter;
  readonly room: () => RoomState;
  readonly recording: (ask: RecordingQuery) => Promise<RecordingChunk>;
  readonly agentWritten: (agent: PastAgent) => void;
  /** History has all steps up to this number, but for those it will never take. */
  readonly stepsWritten: (upTo: number, refused: readonly Refused[]) => void;
}

/** A1: writes a room's command steps to history, each that ends a command with its output. */
export class HistoryPublisher {
  readonly #ports: HistoryPublisherPorts;
  readonly #flush: HistoryFlush;

  constructor(ports: HistoryPublisherPorts) {
    this.#ports = ports;
    this.#flush = new HistoryFlush(ports.writer);
  }

  /** H2: when `write` has something to do, ms since 1970; null: nothing is pending. */
  nextDeadline(): number | null {
    return this.#flush.nextDeadline(oldestOf(this.#ports.room()));
  }

  /** Called by the alarm. Steps that history does not accept are retried. */
  async write(now: number): Promise<void> {
    const room = this.#ports.room();
    const { durable } = room;
    const [events = []] = batchesOfSteps(pendingSteps(room, STEPS));
    const oldest = oldestOf(room);
    const due = this.#flush.nextDeadline(oldest);
    if (durable === null || oldest === undefined || due === null || due > now) return;
    const agent = durable.unknownSince === null ? undefined : pastAgent(durable);
    await this.#flush.write(
      oldest,
      () => this.#batch(durable, events, agent),
      now,
      (delivered) => {
        if (agent !== undefined && delivered.failure === null) this.#ports.agentWritten(agent);
        this.#acknowledge(delivered);
      },
    );
  }

  /** Before the room is gone. @throws Error when D1 does not take them */
  async writeAll(now: number): Promise<void> {
    const { durable, outbox } = this.#ports.room();
    if (durable === null || isNothing(durable)) return;
    const ended = pastAgent(durable, now);
    for (const events of [[], ...batchesOfSteps(outbox)]) {
      const agent = events.length === 0 ? ended : undefined;
      const delivered = await deliver(this.#ports.writer, await this.#batch(durable, events, agent));
      this.#acknowledge(delivered);
      if (delivered.failure !== null) throw delivered.failure;
    }
  }

  #acknowledge({ upTo, refused }: Delivered): void {
    if (upTo !== null) this.#ports.stepsWritten(upTo, refused);
  }

  async #batch(durable: Durable, steps: readonly CommandEvent[], agent?: PastAgent): Promise<HistoryBatch> {
    const { team, placement } = durable;
    const events = await withOutput(steps, this.#ports.recording);
    return { team, agentId: placement.spec.agentId, events, agent };
  }
}

/** The oldest thing that history does not have. */
function oldestOf(room: RoomState): { readonly at: number } | undefined {
  const [step] = pendingSteps(room, 1);
  const since = room.durable?.unknownSince ?? null;
  return since === null || (step !== undefined && step.at < since) ? step : { at: since };
}

/** A create that was undone at once: history never had it. */
const isNothing = ({ unknownSince, createdAt, outbox }: Durable): boolean =>
  unknownSince !== null && unknownSince === createdAt && outbox.last === 0;
