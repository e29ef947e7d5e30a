import { type Role, VIEWER_ROLES } from '@muster/protocol';

/**
 * X5: who may use which route. A route that does what a message does asks for what the message asks for.
 * `host`: a host's token; `anyone`: no token, or one that the route checks itself.
 */
export const ROUTE_ROLES = {
  'GET /api/health': 'anyone',
  'GET /api/openapi.json': 'anyone',
  'GET /api/docs': 'anyone',
  'POST /api/auth/exchange': 'anyone',
  'POST /api/auth/refresh': 'anyone',
  'POST /api/auth/signout': 'anyone',
  'GET /api/auth/me': 'viewer',
  'GET /api/auth/sessions': 'viewer',
  'DELETE /api/auth/sessions': 'viewer',
  'DELETE /api/auth/sessions/:sid': 'viewer',
  'GET /api/members': 'admin',
  'POST /api/members': 'admin',
  'PATCH /api/members/:id': 'admin',
  'DELETE /api/members/:id': 'admin',
  'GET /api/invitations': 'admin',
  'POST /api/invitations': 'admin',
  'DELETE /api/invitations/:id': 'admin',
  'GET /api/tokens': 'viewer',
  'POST /api/tokens': 'viewer',
  'DELETE /api/tokens/:id': 'viewer',
  /** The code is the right to it. */
  'POST /api/auth/accept': 'anyone',
  'GET /api/agents': 'viewer',
  'POST /api/agents': VIEWER_ROLES['agent:create'],
  'GET /api/agents/:agentId': VIEWER_ROLES['agent:get_state'],
  'GET /api/agents/:agentId/usage': 'admin',
  'GET /api/agents/:agentId/recording': VIEWER_ROLES['subscribe:agent'],
  'PATCH /api/agents/:agentId': VIEWER_ROLES['agent:update'],
  'DELETE /api/agents/:agentId': VIEWER_ROLES['agent:delete'],
  'POST /api/agents/:agentId/start': VIEWER_ROLES['agent:start'],
  'POST /api/agents/:agentId/terminate': VIEWER_ROLES['agent:terminate'],
  'POST /api/agents/:agentId/pause': VIEWER_ROLES['agent:pause'],
  'POST /api/agents/:agentId/resume': VIEWER_ROLES['agent:resume'],
  'POST /api/agents/:agentId/restart': VIEWER_ROLES['agent:restart'],
  'POST /api/agents/:agentId/input': VIEWER_ROLES['agent:input'],
  'POST /api/agents/:agentId/resize': VIEWER_ROLES['agent:resize'],
  'POST /api/agents/:agentId/signal': VIEWER_ROLES['agent:signal'],
  'GET /api/agents/:agentId/commands': VIEWER_ROLES['agent:get_state'],
  'POST /api/agents/:agentId/commands': VIEWER_ROLES['command:request'],
  'GET /api/commands/:id/output': VIEWER_ROLES['subscribe:agent'],
  'POST /api/commands/:id/interrupt': VIEWER_ROLES['command:interrupt'],
  'POST /api/commands/:id/cancel': VIEWER_ROLES['command:cancel'],
  'POST /api/commands/:id/move': VIEWER_ROLES['command:move'],
  'POST /api/commands/:id/edit': VIEWER_ROLES['command:edit'],
  'POST /api/commands/:id/retry': VIEWER_ROLES['command:retry'],
  /** G5. What a line says then is asked for its own role, message by message. */
  'GET /api/events': 'viewer',
  'DELETE /api/events': 'viewer',
  'GET /api/agents/:agentId/events': VIEWER_ROLES['subscribe:agent'],
  /** Asked for its own role. */
  'POST /api/messages': 'viewer',
  'GET /api/hosts': 'viewer',
  /** The enrolment token is the right to it. */
  'POST /api/hosts': 'anyone',
  'POST /api/hosts/enrolment': 'admin',
  'POST /api/hosts/:hostId/revoke': 'admin',
  'DELETE /api/hosts/:hostId': 'admin',
  'GET /api/history/agents': 'viewer',
  'GET /api/history/commands': 'viewer',
  'GET /api/history/search': 'viewer',
  'GET /api/history/events': 'viewer',
  'GET /api/commands/:id': 'viewer',
  'GET /api/audit': 'admin',
  'GET /api/audit/verify': 'admin',
} as const satisfies Record<string, Role | 'anyone'>;

export type Route = keyof typeof ROUTE_ROLES;
