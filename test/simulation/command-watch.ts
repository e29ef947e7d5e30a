import type { CommandId, CommandStatus, ServerMessage, ServerPayload } from '@muster/protocol';
import type { Checks } from './checks.ts';

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
  private readonly isPresumed: (commandId: string) => boolean;
  private readonly told = new Map<string, number>();

  /** `isPresumed`: the room gave up on it once, so that a second end may replace the first (Q10). */
  constructor(checks: Checks, isPresumed: (commandId: string) => boolean) {
    this.checks = checks;
    this.isPresumed = isPresumed;
  }

  /** Another socket: what it says is told from where things stand. */
  attached(): void {
    this.told.clear();
  }

  hear(message: ServerMessage): void {
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
    const before = this.told.get(commandId);
    const rank = RANK[status];
    const follows = before === undefined || rank > before || (rank === 2 && this.isPresumed(commandId));
    this.checks.hold('R2', follows, () => `${commandId} is ${status} after step ${before}`);
    this.told.set(commandId, rank);
    if (!this.known.includes(commandId)) this.known.push(commandId);
  }
}
