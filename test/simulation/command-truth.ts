import type { CommandId } from '@muster/protocol';
import type { ProgramEnd } from '../../agent-runner/src/program/program.ts';
import type { Checks } from './checks.ts';

/** What really became of an agent's commands, on all its hosts together. */
export class CommandTruth {
  /** Q10: those whose asker was told that they are taken. */
  readonly accepted = new Set<CommandId>();
  /** Q10: those that the room gave up on once; their viewers may hear of a second end when the room is gone. */
  readonly presumed = new Set<CommandId>();
  private readonly checks: Checks;
  private readonly starts = new Map<string, ProgramEnd | null>();

  constructor(checks: Checks) {
    this.checks = checks;
  }

  /** Q5: once, whatever is repeated, killed or lost. */
  started(commandId: string): void {
    this.checks.hold('Q5', !this.starts.has(commandId), () => `${commandId} is started a second time`);
    this.starts.set(commandId, null);
  }

  exited(commandId: string, end: ProgramEnd): void {
    this.starts.set(commandId, end);
  }

  wasStarted(commandId: string): boolean {
    return this.starts.has(commandId);
  }

  /** null: nobody saw it end. */
  endOf(commandId: string): ProgramEnd | null {
    return this.starts.get(commandId) ?? null;
  }
}
