import type { ConnectionState } from '@muster/client';
import type { AgentSummary } from '@muster/protocol';
import { isAlive } from '../agents/status.ts';

/** Why no input can reach the program now, independent of the driver. */
export type InputBlock = 'server' | 'host' | 'ended';

export function inputBlockOf(
  connection: ConnectionState['name'],
  agent: Pick<AgentSummary, 'status' | 'connection'> | undefined,
): InputBlock | null {
  if (connection === 'reconnecting' || connection === 'disconnected') return 'server';
  if (agent === undefined) return null;
  if (agent.connection === 'offline') return 'host';
  return isAlive(agent.status) ? null : 'ended';
}

/** The note for a person who types while input is blocked. */
export const BLOCK_NOTES: Record<InputBlock, string> = {
  server: 'The server cannot be reached, so nothing that is typed is sent. Try again when it is back.',
  host: 'Its host is offline, so nothing that is typed is sent. Try again when it is back.',
  ended: 'Its program has ended. Start it to type.',
};
