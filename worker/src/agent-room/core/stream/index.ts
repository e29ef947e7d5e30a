/** The stored output: segments, epochs, retention. */

export { bytesFrom, epochIndex, firstAvailable, type StreamPosition } from './epochs.ts';
export { type Retention, retentionDeadline } from './retention.ts';
export {
  concat,
  discard,
  firstRecent,
  type RetentionContext,
  readSegment,
  segmentAt,
  storeTail,
  tailSize,
} from './segments.ts';
