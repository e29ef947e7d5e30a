import { type AgentLimit, allows, type Role, VIEWER_ROLES } from '@muster/protocol';

/** What is of the team as a whole: an admin who is limited to some agents would reach the others by it. */
const TEAM = 'admin of every agent';

/** Whom a route is for; `anyone`: no token, or one that the route checks itself. */
type Least = Role | typeof TEAM | 'anyone';

/** X5: who may use which route. A route that does what a message does asks for what the message asks for. */
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
  'GET /api/members': TEAM,
  'POST /api/members': TEAM,
  'PATCH /api/members/:id': TEAM,
  'DELETE /api/members/:id': TEAM,
  'GET /api/invitations': TEAM,
  'POST /api/invitations': TEAM,
  'DELETE /api/invitations/:id': TEAM,
  'GET /api/tokens': 'viewer',
  'POST /api/tokens': 'viewer',
  'DELETE /api/tokens/:id': 'viewer',
  'GET /api/auth/passkeys': 'viewer',
  'POST /api/auth/passkeys': 'viewer',
  'POST /api/auth/passkeys/options': 'viewer',
  'DELETE /api/auth/passkeys/:id': 'viewer',
  /** The passkey is the right to it. */
  'POST /api/auth/passkey': 'anyone',
  'POST /api/auth/passkey/options': 'anyone',
  /** What the issuer sent back is the right to it. */
  'GET /api/auth/issuers': 'anyone',
  'POST /api/auth/issuer': 'anyone',
  'POST /api/auth/issuer/options': 'anyone',
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
  'POST /api/hosts/enrolment': TEAM,
  'POST /api/hosts/:hostId/revoke': TEAM,
  'DELETE /api/hosts/:hostId': TEAM,
  'GET /api/history/agents': 'viewer',
  'GET /api/history/commands': 'viewer',
  'GET /api/history/search': 'viewer',
  'GET /api/history/events': 'viewer',
  'GET /api/commands/:id': 'viewer',
  'GET /api/audit': 'admin',
  'GET /api/audit/verify': 'admin',
} as const satisfies Record<string, Least>;

export type Route = keyof typeof ROUTE_ROLES;

/** X5: whether somebody of this role, limited to these agents, may use it. */
export function mayUse(
  route: Route,
  { role, agents }: { readonly role: Role; readonly agents: readonly AgentLimit[] },
): boolean {
  const least: Least = ROUTE_ROLES[route];
  if (least === 'anyone') return true;
  return least === TEAM ? role === 'admin' && agents.length === 0 : allows(role, least);
}
