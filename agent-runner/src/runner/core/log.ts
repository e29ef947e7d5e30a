import type { Agent, UnitOfWork } from './types.ts';

export function logError({ out }: UnitOfWork, { agentUid }: Agent, message: string, cause?: unknown): void {
  out.push({ type: 'log', level: 'error', message, details: { agentUid, err: cause } });
}
