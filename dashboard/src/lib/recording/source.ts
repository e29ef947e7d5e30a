import { agentOfCommand } from '@muster/protocol';

/** The recording to play: the path of its asciicast, and whose it is. */
export interface Source {
  readonly path: string;
  readonly agentId: string;
  /** null: what the agent's own program printed. */
  readonly commandId: string | null;
}

export const agentSource = (agentId: string): Source => ({
  path: `/api/agents/${encodeURIComponent(agentId)}/recording`,
  agentId,
  commandId: null,
});

/** B11a: one command's part of it. */
export const commandSource = (commandId: string): Source => ({
  path: `/api/commands/${encodeURIComponent(commandId)}/output?format=cast`,
  agentId: agentOfCommand(commandId) ?? commandId,
  commandId,
});

/** The page that plays it. */
export const commandPlayPath = (commandId: string) => `/commands/${encodeURIComponent(commandId)}`;
