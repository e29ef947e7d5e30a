import { type CommandId, CommandIdSchema, type ViewerPayload } from '@muster/protocol';
import type { MusterClient } from './types.ts';

type CommandOptions = Omit<ViewerPayload<'command:request'>, 'agentId' | 'command'>;
type InterruptOptions = Omit<ViewerPayload<'command:interrupt'>, 'commandId'>;

/** Requests about commands; each rejects with a `RequestFailure`. The resulting state of commands is in `AgentFeed.state`. */
export interface Commands {
  /** Resolves with its id when the room has taken it. */
  request(agentId: string, command: string, options?: CommandOptions): Promise<CommandId>;
  interrupt(commandId: string, options?: InterruptOptions): Promise<void>;
  cancel(commandId: string): Promise<void>;
  /** Resolves with the place it has then, 1 the next to start (Q1). */
  move(commandId: string, position: number): Promise<number>;
  edit(commandId: string, command: string): Promise<void>;
  /** Resolves with the id of the new try. */
  retry(commandId: string): Promise<CommandId>;
}

/** The ids of commands name their agents, so one of these serves all. */
export function commandsOf(client: Pick<MusterClient, 'request'>): Commands {
  const request: typeof client.request = (type, payload) => client.request(type, payload);
  return {
    request: async (agentId, command, options = {}) =>
      idIn(await request('command:request', { ...options, agentId, command })),
    interrupt: async (commandId, options = {}) => {
      await request('command:interrupt', { ...options, commandId });
    },
    cancel: async (commandId) => {
      await request('command:cancel', { commandId });
    },
    move: async (commandId, position) => {
      const { result } = await request('command:move', { commandId, position });
      return Number(result?.['position']);
    },
    edit: async (commandId, command) => {
      await request('command:edit', { commandId, command });
    },
    retry: async (commandId) => idIn(await request('command:retry', { commandId })),
  };
}

const idIn = ({ result }: Awaited<ReturnType<MusterClient['request']>>) =>
  CommandIdSchema.parse(result?.['commandId']);
