import { VIEWER_MESSAGES, type ViewerMessage } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { roomFor } from '../../src/requests/route.ts';
import { agentId } from '../stream/support.ts';

const ids = Object.fromEntries(
  ['commandId', 'conversationId', 'permissionId'].map((name) => [name, `${agentId}.1`]),
);

describe('where a request goes', () => {
  it.each(Object.entries(VIEWER_MESSAGES).map(([type, { handledBy }]) => [type, handledBy] as const))(
    '%s: to what handles it, the %s',
    (type, handledBy) => {
      const message = { type, payload: { agentId, ...ids } };
      // Only the ids are looked at, whatever else a message of this type carries.
      expect(roomFor(message as unknown as ViewerMessage)).toBe(handledBy === 'room' ? agentId : null);
    },
  );
});
