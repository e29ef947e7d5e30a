import { LIMITS, PRIORITIES, type Priority } from '@muster/protocol';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';

/** What a command is to the model; `n`: how many were there before. */
export interface ModelCommand {
  readonly n: number;
  readonly priority: Priority;
  readonly retries: number;
  readonly attempt: number;
  readonly hold: boolean;
  line: string;
  notBefore: number;
  status: 'queued' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled';
  /** ms; null: it is not over. */
  endedAt: number | null;
  /** Told to the host. */
  active: boolean;
  stopping: boolean;
}

type Refusal = 'QUEUE_FULL' | 'AGENT_OFFLINE' | 'INVALID_STATE' | null;
const DELAYS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

/** Q1–Q3, Q5, Q7, Q8, Q11 as plainly as they can be said: three lists, and what runs. */
export class QueueModel {
  readonly all: ModelCommand[] = [];
  readonly lists: Record<Priority, ModelCommand[]> = { high: [], normal: [], low: [] };
  readonly concurrency: number;
  online = true;
  now = 0;

  constructor(concurrency: number) {
    this.concurrency = concurrency;
  }

  get queue(): ModelCommand[] {
    return PRIORITIES.flatMap((priority) => this.lists[priority]);
  }

  get active(): ModelCommand[] {
    return this.all.filter(({ active }) => active);
  }

  ask(wish: Pick<ModelCommand, 'priority' | 'hold' | 'retries' | 'line'>): Refusal {
    const refusal = this.refusal(wish.hold);
    if (refusal === null) this.add({ ...wish, attempt: 1 }, 0);
    return refusal;
  }

  cancel(command: ModelCommand): Refusal {
    if (!this.waits(command)) return 'INVALID_STATE';
    this.take(command);
    this.over(command, 'cancelled');
    return this.pump();
  }

  interrupt(command: ModelCommand): Refusal {
    if (this.waits(command)) return this.cancel(command);
    if (!command.active) return 'INVALID_STATE';
    command.stopping = true;
    return null;
  }

  edit(command: ModelCommand, line: string): Refusal {
    if (!this.waits(command)) return 'INVALID_STATE';
    command.line = line;
    return null;
  }

  /** The nearest place to the one asked for where the lists are still in their order. */
  move(command: ModelCommand, position: number): Refusal {
    if (!this.waits(command)) return 'INVALID_STATE';
    const list = this.lists[command.priority];
    const before = PRIORITIES.slice(0, PRIORITIES.indexOf(command.priority));
    const above = before.reduce((sum, priority) => sum + this.lists[priority].length, 0);
    this.take(command);
    const place = Math.max(0, Math.min(list.length, position - 1 - above));
    list.splice(place, 0, command);
    return null;
  }

  retry(command: ModelCommand): Refusal {
    if (command.status === 'queued' || command.status === 'running') return 'INVALID_STATE';
    const refusal = this.refusal(command.hold);
    if (refusal === null) this.again(command, 0);
    return refusal;
  }

  started(command: ModelCommand): void {
    if (command.active) command.status = 'running';
  }

  /** The host's word; what is over stays as it is. */
  ended(command: ModelCommand, exitCode: number): void {
    if (!command.active) return;
    const ran = command.status === 'running';
    if (command.stopping) this.over(command, ran ? 'interrupted' : 'cancelled');
    else this.over(command, exitCode === 0 ? 'completed' : 'failed');
    if (command.status === 'failed' && command.retries > 0)
      this.again(command, DELAYS[command.attempt - 1] ?? 30_000);
    this.pump();
  }

  lose(): void {
    for (const command of this.active) this.over(command, 'failed');
    this.online = true;
    this.pump();
  }

  /** Q10: whether the room knows it still; null: it may or not, for others ended in the same ms. */
  isKnown({ endedAt }: ModelCommand): boolean | null {
    if (endedAt === null) return true;
    const over = this.all.flatMap((command) => command.endedAt ?? []);
    if (over.filter((at) => at >= endedAt).length <= ROOM_LIMITS.endedCommands) return true;
    return over.filter((at) => at > endedAt).length >= ROOM_LIMITS.endedCommands ? false : null;
  }

  pump(): null {
    for (const command of this.queue) {
      if (!this.online || this.active.length >= this.concurrency) break;
      if (command.notBefore > this.now) continue;
      this.take(command);
      command.active = true;
    }
    return null;
  }

  private refusal(hold: boolean): Refusal {
    if (this.queue.length >= LIMITS.queuedCommandsOfMember) return 'QUEUE_FULL';
    return this.online || hold ? null : 'AGENT_OFFLINE';
  }

  private again({ priority, hold, line, retries, attempt }: ModelCommand, delay: number): void {
    const left = Math.max(0, retries - 1);
    this.add(
      { priority, hold, line, retries: left, attempt: attempt + 1 },
      delay === 0 ? 0 : this.now + delay,
    );
  }

  private add(
    wish: Omit<ModelCommand, 'n' | 'notBefore' | 'status' | 'endedAt' | 'active' | 'stopping'>,
    notBefore: number,
  ): void {
    const command: ModelCommand = {
      ...wish,
      n: this.all.length,
      notBefore,
      status: 'queued',
      endedAt: null,
      active: false,
      stopping: false,
    };
    this.all.push(command);
    this.lists[wish.priority].push(command);
    this.pump();
  }

  private over(command: ModelCommand, status: ModelCommand['status']): void {
    command.active = false;
    command.status = status;
    command.endedAt = this.now;
  }

  private waits(command: ModelCommand): boolean {
    return this.lists[command.priority].includes(command);
  }

  private take(command: ModelCommand): void {
    const list = this.lists[command.priority];
    list.splice(list.indexOf(command), 1);
  }
}
