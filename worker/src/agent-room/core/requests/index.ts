/** Requests that change a program, each answered once (I1). */

export { countedClient } from './counted-client.ts';
export {
  answerOnce,
  expireRequests,
  finishRequest,
  handleProgramAction,
  type Outcome,
  offlineError,
  repeatOutcome,
  requestsDeadline,
  resendOrders,
  sendAck,
  sendOrder,
  staleOutcome,
} from './requests.ts';
