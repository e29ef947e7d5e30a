import {
  AgentIdSchema,
  MessageIdSchema,
  VIEWER_MESSAGES,
  type ViewerMessage,
  type WireError,
} from '@muster/protocol';
import {
  type Actor,
  type AuditDraft,
  type AuditedAction,
  completeEntry,
  draftOfAttempt,
  newDraft,
} from '../audit/entry.ts';
import type { MemberClaims } from '../auth/claims.ts';
import { lobbyOf } from '../env.ts';
import { addressOf } from '../socket/handshake.ts';
import type { AppContext } from './app.ts';
import type { Route } from './routes.ts';

/** X8: the draft of a route's entry; the object completes it with the result. `actor` null: a host. */
export function requestDraft(context: AppContext, actor: Actor | null, action: AuditedAction): AuditDraft {
  const from = actor ?? { id: null, name: '', role: null };
  return newDraft({ ...from, address: addressOf(context.req.raw.headers) }, action);
}

/** Routes that do what a message does and are not called after it. */
const MESSAGES: Partial<Record<Route, string>> = {
  'POST /api/agents': 'agent:create',
  'PATCH /api/agents/:agentId': 'agent:update',
  'DELETE /api/agents/:agentId': 'agent:delete',
  'PUT /api/agents/:agentId/policy': 'policy:change',
  'POST /api/agents/:agentId/commands': 'command:request',
};

/** A route's action in the audit log: the equivalent message, else the route itself. */
function actionOf(route: Route): string {
  const [, noun = '', verb = ''] = /^POST \/api\/(\w+)s\/:\w+\/(\w+)$/.exec(route) ?? [];
  const message = MESSAGES[route] ?? `${noun}:${verb}`;
  return Object.hasOwn(VIEWER_MESSAGES, message) ? message : route;
}

/** The action that a route's caller requested, as far as the path shows it. */
export function requestedAction(context: AppContext, route: Route): AuditedAction {
  const agentId = AgentIdSchema.safeParse(context.req.param('agentId')).data;
  const target = MessageIdSchema.safeParse(context.req.param('id')).data;
  return {
    action: actionOf(route),
    ...(agentId === undefined ? {} : { agentId }),
    ...(target === undefined ? {} : { target }),
  };
}

/** X8: what a member's role refuses, as far as the lobby can be reached: it is refused in any case. */
export async function auditRefusal(
  context: AppContext,
  { member: id, name, role, team }: MemberClaims,
  action: Route | ViewerMessage,
  error: WireError,
): Promise<void> {
  const actor = { id, name, role, address: addressOf(context.req.raw.headers) };
  const what =
    typeof action === 'string'
      ? newDraft(actor, requestedAction(context, action))
      : draftOfAttempt(actor, action);
  const entry = completeEntry(what, error, Date.now());
  await lobbyOf(context.env, team)
    .refused({ entry, others: 0 })
    .catch(() => undefined);
}
