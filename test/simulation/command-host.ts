import { type AgentSpec, CommandIdSchema, type Epoch, type StreamEvent } from '@muster/protocol';
import {
  CommandController,
  type CommandOrder,
} from '../../agent-runner/src/keeper/commands/command-controller.ts';
import { Journal } from '../../agent-runner/src/keeper/commands/journal.ts';
import { recoverJournal } from '../../agent-runner/src/keeper/commands/recover-journal.ts';
import { earliest } from '../../agent-runner/src/keeper/stream/time.ts';
import { SimulatedSlot } from './command-slot.ts';
import type { CommandTruth } from './command-truth.ts';
import type { JournalDisk } from './journal-disk.ts';

export interface CommandHostSetting {
  readonly file: JournalDisk;
  readonly truth: CommandTruth;
  readonly spec: AgentSpec;
  readonly epoch: () => Epoch;
  readonly now: () => number;
  readonly emit: (event: StreamEvent) => void;
  readonly output: (commandId: string, stream: number, data: Uint8Array) => void;
}

/** A timer of one command. */
class Timer {
  at: number | null = null;
  readonly ring: () => void;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  set(at: number | null): void {
    this.at = at;
  }
}

/** What one life of a keeper does about commands: the real desk and journal, over simulated programs. */
export class CommandHost {
  private readonly setting: CommandHostSetting;
  private readonly journal: Journal;
  private readonly controller: CommandController;
  private readonly slots = new Map<string, SimulatedSlot>();
  private readonly timers = new Set<Timer>();
  /** Whose slot is asked for. */
  private ordered = '';

  constructor(setting: CommandHostSetting) {
    this.setting = setting;
    const { truth, spec } = setting;
    this.journal = this.open(setting.file);
    this.controller = new CommandController({
      ...setting,
      journal: this.journal,
      spec: () => spec,
      roots: () => ['/'],
      idle: () => {},
      slot: (record, events) => {
        const slot = new SimulatedSlot(this.ordered, record, events, truth);
        this.slots.set(this.ordered, slot);
        return slot;
      },
      alarm: (ring) => {
        const timer = new Timer(ring);
        this.timers.add(timer);
        return timer;
      },
    });
  }

  get dueAt(): number | null {
    return earliest(...[...this.timers].map(({ at }) => at));
  }

  get isIdle(): boolean {
    return this.controller.isIdle;
  }

  /** False: its journal is lost. */
  begin(inherited: boolean): boolean {
    const { epoch, emit } = this.setting;
    return recoverJournal({ journal: this.journal, epoch, emit }, inherited);
  }

  take(order: CommandOrder): void {
    this.ordered = order.payload.commandId;
    this.controller.handle(order);
  }

  follow(): void {
    this.controller.followEpoch();
  }

  tick(now: number): void {
    for (const timer of this.timers) {
      if (timer.at === null || timer.at > now) continue;
      timer.at = null;
      timer.ring();
    }
  }

  /** One of the programs gets on. `chance` 0 ≤ chance < 1. */
  advance(pick: number, chance: number): boolean {
    const running = [...this.slots].filter(([id]) => this.isRunning(id));
    const found = running[Math.floor(pick * running.length)];
    found?.[1].advance(chance);
    return found !== undefined;
  }

  private isRunning(commandId: string): boolean {
    const id = CommandIdSchema.parse(commandId);
    return this.controller.running(id) !== null;
  }

  /** Where a planted fault may stand before its journal. */
  protected open(file: JournalDisk): Journal {
    return new Journal(file);
  }
}
