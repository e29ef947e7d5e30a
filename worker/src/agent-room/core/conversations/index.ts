/** Conversations: their queues, turns, items and requests, and what viewers are told of them. */

export { pendingHeads } from './heads.ts';
