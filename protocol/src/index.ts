export * from './adapters.ts';
export * from './agent.ts';
export * from './agent-spec.ts';
export * from './asciicast.ts';
export * from './attention-text.ts';
export * from './audit.ts';
export * from './backoff.ts';
export {
  BATCH_HEADER_BYTES,
  BATCH_VERSION,
  BATCH_VERSIONS,
  type BatchHeader,
  type BatchKind,
  type Chunk,
  FLAG,
  type Frame,
  STREAM,
} from './batch/layout.ts';
export * from './batch/pack.ts';
export * from './batch/read.ts';
export { asFetched, type BatchInput, encodeBatch, encodeGap } from './batch/write.ts';
export * from './clusters.ts';
export * from './codec.ts';
export * from './colors.ts';
export * from './command.ts';
export * from './conversations/index.ts';
export * from './dialects/choose.ts';
export * from './dialects/dashboard004.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './history.ts';
export * from './ids.ts';
export * from './input-frame.ts';
export * from './issues.ts';
export * from './keyboard.ts';
export * from './limits.ts';
export * from './members.ts';
export * from './messages/event.ts';
export * from './messages/keeper.ts';
export * from './messages/runner.ts';
export * from './messages/server.ts';
export * from './messages/stream-event.ts';
export * from './messages/viewer.ts';
export * from './messages/viewer-messages.ts';
export * from './messages/viewer-rules.ts';
export * from './polled.ts';
export * from './push/index.ts';
export * from './result.ts';
export * from './roles.ts';
export * from './run.ts';
export * from './run-boundary.ts';
export * from './snapshot.ts';
export * from './version.ts';
