import { type AgentLimit, allows, type Counted, type Role, VIEWER_RULES } from '@muster/protocol';

/** Concerns the team as a whole: an admin who is limited to some agents would reach the others by it. */
const TEAM = 'admin of every agent';

/** The role that a route needs; `anyone`: no token, or one that the route checks itself. */
type RequiredRole = Role | typeof TEAM | 'anyone';

/**
 * X5, X18, L: the role that each route needs, whether it writes a row, and the bucket that counts it. A route
 * that does what a message does has the message's rule; one that only reads the same asks for its role. A bad
 * token in a header counts as an attempt anywhere.
 */
export const ROUTE_RULES = {
  'GET /api/health': { least: 'anyone', writes: false, bucket: 'open' },
  'GET /api/ready': { least: 'anyone', writes: false, bucket: 'open' },
  'GET /api/openapi.json': { least: 'anyone', writes: false, bucket: 'open' },
  'GET /api/docs': { least: 'anyone', writes: false, bucket: 'open' },
  'POST /api/auth/exchange': { least: 'anyone', writes: true, bucket: 'attempt' },
  'POST /api/auth/refresh': { least: 'anyone', writes: true, bucket: 'session' },
  'POST /api/auth/signout': { least: 'anyone', writes: true, bucket: 'session' },
  'GET /api/auth/me': { least: 'viewer', writes: false, bucket: 'read' },
  'GET /api/auth/sessions': { least: 'viewer', writes: false, bucket: 'read' },
  'DELETE /api/auth/sessions': { least: 'viewer', writes: true, bucket: 'people' },
  'DELETE /api/auth/sessions/:sid': { least: 'viewer', writes: true, bucket: 'people' },
  'GET /api/members': { least: TEAM, writes: false, bucket: 'read' },
  'POST /api/members': { least: TEAM, writes: true, bucket: 'people' },
  'PATCH /api/members/:id': { least: TEAM, writes: true, bucket: 'people' },
  'DELETE /api/members/:id': { least: TEAM, writes: true, bucket: 'people' },
  'GET /api/invitations': { least: TEAM, writes: false, bucket: 'read' },
  'POST /api/invitations': { least: TEAM, writes: true, bucket: 'people' },
  'DELETE /api/invitations/:id': { least: TEAM, writes: true, bucket: 'people' },
  'GET /api/tokens': { least: 'viewer', writes: false, bucket: 'read' },
  'POST /api/tokens': { least: 'viewer', writes: true, bucket: 'people' },
  'DELETE /api/tokens/:id': { least: 'viewer', writes: true, bucket: 'people' },
  'GET /api/auth/passkeys': { least: 'viewer', writes: false, bucket: 'read' },
  'POST /api/auth/passkeys': { least: 'viewer', writes: true, bucket: 'people' },
  'POST /api/auth/passkeys/options': { least: 'viewer', writes: false, bucket: 'read' },
  'DELETE /api/auth/passkeys/:id': { least: 'viewer', writes: true, bucket: 'people' },
  /** The passkey is the right to it. */
  'POST /api/auth/passkey': { least: 'anyone', writes: true, bucket: 'attempt' },
  'POST /api/auth/passkey/options': { least: 'anyone', writes: false, bucket: 'open' },
  /** The issuer's redirect is the credential. */
  'GET /api/auth/issuers': { least: 'anyone', writes: false, bucket: 'open' },
  'POST /api/auth/issuer': { least: 'anyone', writes: true, bucket: 'attempt' },
  'POST /api/auth/issuer/options': { least: 'anyone', writes: false, bucket: 'open' },
  /** The code is the right to it. */
  'POST /api/auth/accept': { least: 'anyone', writes: true, bucket: 'attempt' },
  'GET /api/agents': { least: 'viewer', writes: false, bucket: 'read' },
  'POST /api/agents': VIEWER_RULES['agent:create'],
  'GET /api/agents/:agentId': { least: VIEWER_RULES['agent:get_state'].least, writes: false, bucket: 'read' },
  /** X24: it counts what the whole lobby has done, as the length of the audit log does. */
  'GET /api/agents/:agentId/usage': { least: TEAM, writes: false, bucket: 'search' },
  'GET /api/agents/:agentId/recording': {
    least: VIEWER_RULES['subscribe:agent'].least,
    writes: false,
    bucket: 'search',
  },
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
  'GET /api/agents/:agentId/commands': {
    least: VIEWER_RULES['agent:get_state'].least,
    writes: false,
    bucket: 'read',
  },
  'POST /api/agents/:agentId/commands': VIEWER_RULES['command:request'],
  'GET /api/commands/:id/output': {
    least: VIEWER_RULES['subscribe:agent'].least,
    writes: false,
    bucket: 'search',
  },
  'POST /api/commands/:id/interrupt': VIEWER_RULES['command:interrupt'],
  'POST /api/commands/:id/cancel': VIEWER_RULES['command:cancel'],
  'POST /api/commands/:id/move': VIEWER_RULES['command:move'],
  'POST /api/commands/:id/edit': VIEWER_RULES['command:edit'],
  'POST /api/commands/:id/retry': VIEWER_RULES['command:retry'],
  /** G5. The role is checked for each message of the line. */
  'GET /api/events': { least: 'viewer', writes: false, bucket: 'poll' },
  'DELETE /api/events': { least: 'viewer', writes: false, bucket: 'read' },
  'GET /api/agents/:agentId/events': {
    least: VIEWER_RULES['subscribe:agent'].least,
    writes: false,
    bucket: 'poll',
  },
  /** Asked for its own role, and counted as what it is. */
  'POST /api/messages': { least: 'viewer', writes: false, bucket: 'message' },
  'GET /api/hosts': { least: 'viewer', writes: false, bucket: 'read' },
  /** The enrolment token is the right to it. */
  'POST /api/hosts': { least: 'anyone', writes: true, bucket: 'attempt' },
  'POST /api/hosts/enrolment': { least: TEAM, writes: true, bucket: 'people' },
  'POST /api/hosts/:hostId/revoke': { least: TEAM, writes: true, bucket: 'people' },
  'DELETE /api/hosts/:hostId': { least: TEAM, writes: true, bucket: 'people' },
  'GET /api/history/agents': { least: 'viewer', writes: false, bucket: 'search' },
  'GET /api/history/commands': { least: 'viewer', writes: false, bucket: 'search' },
  'GET /api/history/search': { least: 'viewer', writes: false, bucket: 'search' },
  'GET /api/history/events': { least: 'viewer', writes: false, bucket: 'search' },
  'GET /api/commands/:id': { least: 'viewer', writes: false, bucket: 'read' },
  'GET /api/audit': { least: 'admin', writes: false, bucket: 'search' },
  'GET /api/audit/verify': { least: TEAM, writes: false, bucket: 'search' },
} as const satisfies Record<string, Counted & { readonly least: RequiredRole }>;

export type Route = keyof typeof ROUTE_RULES;

/** X5: whether a member with this role and these limits may use the route. */
export function mayUse(
  route: Route,
  { role, agents }: { readonly role: Role; readonly agents: readonly AgentLimit[] },
): boolean {
  const { least }: { readonly least: RequiredRole } = ROUTE_RULES[route];
  if (least === 'anyone') return true;
  return least === TEAM ? role === 'admin' && agents.length === 0 : allows(role, least);
}
