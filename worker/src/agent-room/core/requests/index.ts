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
  requestKey,
  requestsDeadline,
  resendOrders,
  reserveRequest,
  sendAck,
  sendOrder,
  staleOutcome,
  TOO_MANY_REQUESTS,
} from './requests.ts';
