/** The summary for the lobby, the state for viewers, presence. */

export { recordActivity } from './activity.ts';
export { handleAgentWritten, pastAgent, unknownSince } from './past-agent.ts';
export { sendPresence } from './presence.ts';
export { handleReportAck, reportChange, restoreReport, retryReport } from './report.ts';
export { announceStatus, currentState, stateFor, stateMessage } from './summary.ts';
