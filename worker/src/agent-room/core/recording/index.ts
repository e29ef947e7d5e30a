/** What is kept of the output while it is recorded, and how it is read. */

export { type RecordingChunk, type RecordingQuery, readRecording } from './read.ts';
export {
  expireRecording,
  pruneKeyframes,
  pruneSegments,
  recordingDeadline,
  retentionContextOf,
  storeKeyframe,
} from './recorder.ts';
