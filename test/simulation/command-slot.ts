import type { CommandSlot } from '../../agent-runner/src/keeper/commands/running-command.ts';
import type { RecordFile, SlotEvents } from '../../agent-runner/src/keeper/program-slot.ts';
import { asWireError } from '../../agent-runner/src/keeper/wire-error.ts';
import type { ProgramEnd } from '../../agent-runner/src/program/program.ts';
import type { CommandTruth } from './command-truth.ts';

const BEFORE = JSON.stringify({ tag: 'simulated', bootId: 'boot' });
const AFTER = JSON.stringify({
  tag: 'simulated',
  bootId: 'boot',
  leader: { pid: 1, startTicks: 1 },
});

/** A slot whose program gets on by a step when the world says so: between any two of them its keeper may die. */
export class SimulatedSlot implements CommandSlot {
  readonly running = null;
  private readonly commandId: string;
  private readonly record: RecordFile;
  private readonly events: SlotEvents;
  private readonly truth: CommandTruth;
  private readonly steps: (() => void)[] = [];
  /** It ends by this, and by nothing else. */
  private ending: ProgramEnd | null = null;
  private isDeaf = false;

  constructor(commandId: string, record: RecordFile, events: SlotEvents, truth: CommandTruth) {
    this.commandId = commandId;
    this.record = record;
    this.events = events;
    this.truth = truth;
  }

  async start(): Promise<void> {
    this.tried(() => {
      this.record.save(BEFORE);
      this.steps.push(() => this.spawn());
    });
  }

  signal(): void {
    if (!this.isDeaf) this.ending ??= { signal: 'SIGINT' };
  }

  async terminate(force: boolean): Promise<void> {
    if (force || !this.isDeaf) this.ending ??= { signal: force ? 'SIGKILL' : 'SIGTERM' };
  }

  /** `chance` 0 ≤ chance < 1: what it does next. */
  advance(chance: number): void {
    const step = this.steps.shift();
    if (step !== undefined) return step();
    this.isDeaf = chance < 0.1;
    if (this.ending !== null) return this.end(this.ending);
    if (chance < 0.5) return this.events.output(1, new Uint8Array(1 + Math.floor(chance * 400)).fill(99));
    if (chance < 0.9) this.end({ exitCode: chance < 0.7 ? 0 : 1 });
  }

  private spawn(): void {
    this.truth.started(this.commandId);
    this.tried(() => {
      this.record.save(AFTER);
      this.events.started(1);
    });
  }

  private end(end: ProgramEnd): void {
    this.truth.exited(this.commandId, end);
    this.record.clear();
    this.events.ended(end);
  }

  private tried(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.record.clear();
      this.events.refused(asWireError(error));
    }
  }
}
