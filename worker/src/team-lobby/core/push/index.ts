/** C10: who is told of what on which device, and what became of it. */

export { focusOf, lookerOf } from './focus.ts';
export { handle, nextDeadline } from './handle.ts';
export { noticeReport, noticeRequests } from './notices-of-report.ts';
export { openPushes } from './state.ts';
export {
  type Delivery,
  type Looker,
  type MemberReader,
  type PushAnswer,
  type PushCommit,
  type PushEffect,
  type PushEvent,
  PushJobSchema,
  type PushState,
  type PushStore,
  SettingsRowSchema,
  ShownRowSchema,
  type StoredPushes,
  type SubscriptionRow,
  SubscriptionRowSchema,
} from './types.ts';
