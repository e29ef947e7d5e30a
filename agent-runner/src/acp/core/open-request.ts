import type { AgentRequest, Decision } from '@muster/protocol';

/** C7: one JSON-RPC request of the adapter's, until what it asked for is acknowledged. */
export interface OpenRequest {
  readonly rpcId: unknown;
  readonly request: AgentRequest;
  /** Of the agent; null: it asks about no tool call. */
  readonly toolCallId: string | null;
  /** Of a link that the agent completes by itself. */
  readonly elicitationId: string | null;
  state: 'pending' | 'delivered';
  decision: Decision | null;
}
