/** The summary for the lobby, the state for viewers, presence. */

export { recordActivity } from './activity.ts';
export { handleAgentWritten, pastAgent, unknownSince } from './past-agent.ts';
export { sendPresence } from './presence.ts';
export { handleReportAck, reportChange, restoreReport, retryReport } from './report.ts';
export { agentState, announceStatus, currentState, stateMessage } from './summary.ts';
