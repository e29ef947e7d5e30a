import { Hono } from 'hono';
import { EMPTY_CHAIN, type Fault, verifyEnd, verifyRows } from '../audit/core/chain.ts';
import { auditMac } from '../audit/key.ts';
import { signingKey } from '../auth/tokens.ts';
import { lobbyOf } from '../env.ts';
import { listAudit, storedAudit } from '../history/audit.ts';
import type { App, AppContext } from './app.ts';
import { withDatabaseSession } from './database-session.ts';
import { route, visiblePast } from './route.ts';
import type { QueryOf } from './routes.ts';
import { VERIFIED_ROWS } from './schemas/audit.ts';

/** Rows read at a time. */
const PORTION = 1_000;

function page(context: AppContext, query: QueryOf<'GET /api/audit'>): Promise<Response> {
  const { limit, before, agent: agentId, member: memberId, action } = query;
  return withDatabaseSession(context, async (session) => {
    const filter = { agentId, memberId, action, among: await visiblePast(context) };
    const entries = await listAudit(session, context.var.team, filter, { limit, before });
    const next = entries.length < limit ? null : (entries.at(-1)?.sequence ?? null);
    return context.json({ entries, next });
  });
}

/**
 * X8: verifies the chain from its start, or from where the last request ended, to the anchor that only the
 * lobby has. A continued page begins at the stored MAC: if that was changed, the page before reports it.
 */
async function verify(
  context: AppContext,
  { after = 0 }: QueryOf<'GET /api/audit/verify'>,
): Promise<Response> {
  const {
    env,
    var: { team },
  } = context;
  const anchor = await lobbyOf(env, team).auditHead();
  const session = env.DB.withSession('first-primary');
  const mac = await auditMac(signingKey(env.MUSTER_KEY), team);
  const [before] = after === 0 ? [EMPTY_CHAIN] : await storedAudit(session, team, after - 1, 1);
  let head = { sequence: after, mac: before?.mac ?? '' };
  const answer = (fault: Fault | null, next: number | null) =>
    context.json({
      state: fault === null ? 'intact' : 'broken',
      checked: head.sequence - after,
      rows: anchor.sequence,
      fault,
      next,
    });
  while (head.sequence - after < VERIFIED_ROWS) {
    const rows = await storedAudit(session, team, head.sequence, PORTION);
    const followed = await verifyRows(team, head, anchor, rows, mac);
    if (!followed.ok) return answer(followed.fault, null);
    head = followed.head;
    if (rows.length === PORTION) continue;
    const end = verifyEnd(head, anchor);
    return answer(end.ok ? null : end.fault, null);
  }
  return answer(null, head.sequence);
}

export function auditRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/audit', page);
  route(app, 'GET /api/audit/verify', verify);
  return app;
}
