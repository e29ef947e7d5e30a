import { isTerminalClose } from '@muster/protocol';
import { DEAD_AFTER_MS, PING_EVERY_MS } from './liveness.ts';
import type { ConnectionOptions } from './types.ts';

/** A viewer's connection: `opened` is the server's `connection:ack`, and a final close waits for a person (M9). */
export const VIEWER_CONNECTION: ConnectionOptions = {
  handshakeMs: 10_000,
  pingEveryMs: PING_EVERY_MS,
  deadAfterMs: DEAD_AFTER_MS,
  provenBy: 'time',
  freshToken: 'never',
  actionOnClose: (code) => (isTerminalClose(code) ? 'wait' : 'retry'),
};
