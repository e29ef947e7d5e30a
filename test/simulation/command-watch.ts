import type { CommandId, CommandStatus, ServerMessage, ServerPayload } from '@muster/protocol';
import type { Checks } from './checks.ts';
import type { CommandTruth } from './command-truth.ts';

const RANK: Record<CommandStatus, number> = {
  queued: 0,
  running: 1,
  completed: 2,
  failed: 2,
  interrupted: 2,
  cancelled: 2,
};

/** R2 at the end of one socket: what it is told of each command, in order. */
export class CommandWatch {
  /** Those it has heard of, oldest first. */
  readonly known: CommandId[] = [];
  private readonly checks: Checks;
  private readonly truth: CommandTruth;
  private readonly lastRanks = new Map<string, number>();

  constructor(checks: Checks, truth: CommandTruth) {
    this.checks = checks;
    this.truth = truth;
  }

  /** Another socket: what it says is told from where things stand. */
  attached(): void {
    this.lastRanks.clear();
  }

  receive(message: ServerMessage): void {
    if (message.type === 'command:queue') this.positions(message.payload.queue);
    if (message.type === 'command:status') this.status(message.payload);
  }

  private positions(queue: ServerPayload<'command:queue'>['queue']): void {
    this.checks.hold(
      'Q9',
      queue.every(({ position }, index) => position === index + 1),
      () => `positions ${queue.map(({ position }) => position)}`,
    );
  }

  private status({ commandId, status }: ServerPayload<'command:status'>): void {
    const before = this.lastRanks.get(commandId);
    const rank = RANK[status];
    // Q10: a second end may replace one that the room presumed.
    const isSecond = rank === 2 && this.truth.presumed.has(commandId);
    const follows = before === undefined || rank > before || isSecond;
    this.checks.hold('R2', follows, () => `${commandId} is ${status} after step ${before}`);
    this.lastRanks.set(commandId, rank);
    if (!this.known.includes(commandId)) this.known.push(commandId);
  }
}
