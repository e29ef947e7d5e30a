/** Requests that change a program, each answered once (I1). */

export { countedClient } from './counted-client.ts';
export {
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
  staleOutcome,
  TOO_MANY_REQUESTS,
} from './requests.ts';
