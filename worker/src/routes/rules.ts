import { type AgentLimit, allows, type Role, type Rule, VIEWER_RULES } from '@muster/protocol';

/** What is of the team as a whole: an admin who is limited to some agents would reach the others by it. */
const TEAM = 'admin of every agent';

/** Whom a route is for; `anyone`: no token, or one that the route checks itself. */
type Least = Role | typeof TEAM | 'anyone';

/**
 * X5, L: who may use which route, and what counts it. A route that does what a message does has the message's rule; one
 * that only reads the same asks for its role. A bad token in a header is an attempt wherever it comes.
 */
export const ROUTE_RULES = {
  'GET /api/health': { least: 'anyone', bucket: 'open' },
  'GET /api/ready': { least: 'anyone', bucket: 'open' },
  'GET /api/openapi.json': { least: 'anyone', bucket: 'open' },
  'GET /api/docs': { least: 'anyone', bucket: 'open' },
  'POST /api/auth/exchange': { least: 'anyone', bucket: 'attempt' },
  'POST /api/auth/refresh': { least: 'anyone', bucket: 'none' },
  'POST /api/auth/signout': { least: 'anyone', bucket: 'none' },
  'GET /api/auth/me': { least: 'viewer', bucket: 'none' },
  'GET /api/auth/sessions': { least: 'viewer', bucket: 'none' },
  'DELETE /api/auth/sessions': { least: 'viewer', bucket: 'none' },
  'DELETE /api/auth/sessions/:sid': { least: 'viewer', bucket: 'none' },
  'GET /api/members': { least: TEAM, bucket: 'none' },
  'POST /api/members': { least: TEAM, bucket: 'none' },
  'PATCH /api/members/:id': { least: TEAM, bucket: 'none' },
  'DELETE /api/members/:id': { least: TEAM, bucket: 'none' },
  'GET /api/invitations': { least: TEAM, bucket: 'none' },
  'POST /api/invitations': { least: TEAM, bucket: 'none' },
  'DELETE /api/invitations/:id': { least: TEAM, bucket: 'none' },
  'GET /api/tokens': { least: 'viewer', bucket: 'none' },
  'POST /api/tokens': { least: 'viewer', bucket: 'none' },
  'DELETE /api/tokens/:id': { least: 'viewer', bucket: 'none' },
  'GET /api/auth/passkeys': { least: 'viewer', bucket: 'none' },
  'POST /api/auth/passkeys': { least: 'viewer', bucket: 'none' },
  'POST /api/auth/passkeys/options': { least: 'viewer', bucket: 'none' },
  'DELETE /api/auth/passkeys/:id': { least: 'viewer', bucket: 'none' },
  /** The passkey is the right to it. */
  'POST /api/auth/passkey': { least: 'anyone', bucket: 'attempt' },
  'POST /api/auth/passkey/options': { least: 'anyone', bucket: 'open' },
  /** What the issuer sent back is the right to it. */
  'GET /api/auth/issuers': { least: 'anyone', bucket: 'open' },
  'POST /api/auth/issuer': { least: 'anyone', bucket: 'attempt' },
  'POST /api/auth/issuer/options': { least: 'anyone', bucket: 'open' },
  /** The code is the right to it. */
  'POST /api/auth/accept': { least: 'anyone', bucket: 'attempt' },
  'GET /api/agents': { least: 'viewer', bucket: 'none' },
  'POST /api/agents': VIEWER_RULES['agent:create'],
  'GET /api/agents/:agentId': { least: VIEWER_RULES['agent:get_state'].least, bucket: 'none' },
  'GET /api/agents/:agentId/usage': { least: 'admin', bucket: 'none' },
  'GET /api/agents/:agentId/recording': { least: VIEWER_RULES['subscribe:agent'].least, bucket: 'none' },
  'PATCH /api/agents/:agentId': VIEWER_RULES['agent:update'],
  'DELETE /api/agents/:agentId': VIEWER_RULES['agent:delete'],
  'POST /api/agents/:agentId/start': VIEWER_RULES['agent:start'],
  'POST /api/agents/:agentId/terminate': VIEWER_RULES['agent:terminate'],
  'POST /api/agents/:agentId/pause': VIEWER_RULES['agent:pause'],
  'POST /api/agents/:agentId/resume': VIEWER_RULES['agent:resume'],
  'POST /api/agents/:agentId/restart': VIEWER_RULES['agent:restart'],
  'POST /api/agents/:agentId/input': VIEWER_RULES['agent:input'],
  'POST /api/agents/:agentId/resize': VIEWER_RULES['agent:resize'],
  'POST /api/agents/:agentId/signal': VIEWER_RULES['agent:signal'],
  'GET /api/agents/:agentId/commands': { least: VIEWER_RULES['agent:get_state'].least, bucket: 'none' },
  'POST /api/agents/:agentId/commands': VIEWER_RULES['command:request'],
  'GET /api/commands/:id/output': { least: VIEWER_RULES['subscribe:agent'].least, bucket: 'none' },
  'POST /api/commands/:id/interrupt': VIEWER_RULES['command:interrupt'],
  'POST /api/commands/:id/cancel': VIEWER_RULES['command:cancel'],
  'POST /api/commands/:id/move': VIEWER_RULES['command:move'],
  'POST /api/commands/:id/edit': VIEWER_RULES['command:edit'],
  'POST /api/commands/:id/retry': VIEWER_RULES['command:retry'],
  /** G5. What a line says then is asked for its own role, message by message. */
  'GET /api/events': { least: 'viewer', bucket: 'poll' },
  'DELETE /api/events': { least: 'viewer', bucket: 'none' },
  'GET /api/agents/:agentId/events': { least: VIEWER_RULES['subscribe:agent'].least, bucket: 'poll' },
  /** Asked for its own role, and counted as what it is. */
  'POST /api/messages': { least: 'viewer', bucket: 'message' },
  'GET /api/hosts': { least: 'viewer', bucket: 'none' },
  /** The enrolment token is the right to it. */
  'POST /api/hosts': { least: 'anyone', bucket: 'attempt' },
  'POST /api/hosts/enrolment': { least: TEAM, bucket: 'none' },
  'POST /api/hosts/:hostId/revoke': { least: TEAM, bucket: 'none' },
  'DELETE /api/hosts/:hostId': { least: TEAM, bucket: 'none' },
  'GET /api/history/agents': { least: 'viewer', bucket: 'none' },
  'GET /api/history/commands': { least: 'viewer', bucket: 'none' },
  'GET /api/history/search': { least: 'viewer', bucket: 'none' },
  'GET /api/history/events': { least: 'viewer', bucket: 'none' },
  'GET /api/commands/:id': { least: 'viewer', bucket: 'none' },
  'GET /api/audit': { least: 'admin', bucket: 'none' },
  'GET /api/audit/verify': { least: 'admin', bucket: 'none' },
} as const satisfies Record<string, { readonly least: Least; readonly bucket: Rule['bucket'] }>;

export type Route = keyof typeof ROUTE_RULES;

/** X5: whether somebody of this role, limited to these agents, may use it. */
export function mayUse(
  route: Route,
  { role, agents }: { readonly role: Role; readonly agents: readonly AgentLimit[] },
): boolean {
  const { least }: { readonly least: Least } = ROUTE_RULES[route];
  if (least === 'anyone') return true;
  return least === TEAM ? role === 'admin' && agents.length === 0 : allows(role, least);
}
