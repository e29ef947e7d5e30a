/** C10: who is told of what on which device, and what became of it. */

export { type Focus, focusOf, lookerOf } from './focus.ts';
export { handle, nextDeadline } from './handle.ts';
export { noticeReport, noticeRequests } from './notices-of-report.ts';
export { openPushes } from './state.ts';
export {
  type DecidingAction,
  type Delivery,
  type Looker,
  type MemberReader,
  type Notice,
  type NoticeAgent,
  type PushAct,
  type PushAnswer,
  type PushCaller,
  type PushCommit,
  type PushContext,
  type PushEffect,
  type PushEntry,
  type PushEvent,
  type PushJob,
  PushJobSchema,
  type PushState,
  type PushStore,
  type PushTry,
  SettingsRowSchema,
  ShownRowSchema,
  type StoredPushes,
  type SubscriptionRow,
  SubscriptionRowSchema,
} from './types.ts';
