/** What rooms report about themselves, and which sockets are still alive. */

export { HeartbeatMonitor } from './heartbeat-monitor.ts';
export { findDead, type SocketActivity } from './heartbeats.ts';
export { ackedRevision, flushPresence, handleReport } from './reports.ts';
