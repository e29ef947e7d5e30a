import { AgentIdSchema, ok, type ServerMessage, type wireError } from '@muster/protocol';
import { claimsOf, type Rig } from './rig.ts';

export const ROOM = 'room:bash';

export const agentId = AgentIdSchema.parse('bash');

export const verified = (
  rig: Rig,
  type: 'auth' | 'auth:refresh' | 'dashboard:connect',
  claims = claimsOf(),
  extra = {},
) =>
  rig.happen({
    type: 'verified',
    message: { type, payload: { token: 't', ...extra } },
    id: undefined,
    result: ok(claims),
  });

export const ack = (messageId: string, error?: ReturnType<typeof wireError>): ServerMessage => ({
  type: 'ack',
  payload: error === undefined ? { messageId, success: true } : { messageId, success: false, error },
});
