import { AgentUidSchema, type PastAgent, PastAgentSchema, type TeamId } from '@muster/protocol';
import type { CommandEvent } from '../../src/history/types.ts';

export const NOW = 1_790_000_000_000;
export const UID = AgentUidSchema.parse('00000000-0000-4000-8000-0000000000aa');

type Asked = Partial<Omit<CommandEvent, 'from' | 'to' | 'cause'>>;

/** The steps of one agent's commands, numbered as its room would. */
export class Steps {
  readonly events: CommandEvent[] = [];
  readonly #uid: string;
  #number = 0;

  constructor(uid: string = UID) {
    this.#uid = uid;
  }

  #add(event: Omit<CommandEvent, 'number' | 'agentUid'>): void {
    this.#number += 1;
    this.events.push({ number: this.#number, agentUid: this.#uid, ...event });
  }

  asked(commandId: string, command: string, at = NOW, over: Asked = {}): this {
    const asked = { memberId: 'ada', priority: 'normal', interactive: false, attempt: 1, ...over };
    this.#add({ commandId, from: null, to: 'queued', cause: 'requested', at, command, ...asked });
    return this;
  }

  started(commandId: string, at = NOW): this {
    this.#add({ commandId, from: 'queued', to: 'running', cause: 'started', at, startedAt: at + 0.5 });
    return this;
  }

  ended(commandId: string, exitCode: number, at = NOW, output?: string): this {
    const to = exitCode === 0 ? 'completed' : 'failed';
    const said = output === undefined ? {} : { output };
    const bytes = { stdout: output?.length ?? 0, stderr: 0 };
    this.#add({
      commandId,
      from: 'running',
      to,
      cause: 'exited',
      at,
      exitCode,
      executionTime: 5,
      bytes,
      ...said,
    });
    return this;
  }

  /** A whole life. */
  ran(commandId: string, command: string, exitCode = 0, at = NOW, output?: string, over: Asked = {}): this {
    return this.asked(commandId, command, at, over)
      .started(commandId, at)
      .ended(commandId, exitCode, at, output);
  }

  step(event: Omit<CommandEvent, 'number' | 'agentUid'>): this {
    this.#add(event);
    return this;
  }

  batch(team: TeamId, agentId = 'one') {
    return { team, agentId, events: this.events };
  }
}

export const pastAgentOf = (over: object = {}): PastAgent =>
  PastAgentSchema.parse({
    ...{ agentUid: UID, agentId: 'one', name: 'One', kind: 'terminal', labels: { for: 'tests' } },
    ...{ hostId: '22222222-2222-4222-8222-222222222222', createdAt: NOW, deletedAt: null, ...over },
  });
