import { MemberIdSchema } from '@muster/protocol';
import { Hono } from 'hono';
import { hashOf } from '../auth/hash.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import type { App, AppContext } from './app.ts';
import { valueOrThrow } from './members.ts';
import { readJson } from './request-body.ts';
import { actingMember, route } from './route.ts';
import { ROUTES } from './routes.ts';
import { countedAttempt, keyOf, lobbyOfRequest, newRenewal, requireSameTeam, signIn } from './sign-in.ts';

/** The dashboard's address for a code, which is in the fragment: browsers send that to no server (X13). */
const linkOf = (context: AppContext, code: string) => `${new URL(context.req.url).origin}/join#code=${code}`;

/** X3: the code is signed, so that a bad one wakes no lobby (G3), which keeps its hash alone. */
async function invite(context: AppContext): Promise<Response> {
  const grant = await readJson(context, ROUTES['POST /api/invitations'].body);
  const id = crypto.randomUUID();
  const body = { sub: id, team: context.var.team };
  const { token: code, expiresAt } = await signToken(keyOf(context), 'invite', body, Date.now());
  const invitation = { ...grant, id, hash: await hashOf(code), expiresAt };
  const made = valueOrThrow(
    await lobbyOfRequest(context).people('invite', { by: actingMember(context), invitation }),
  );
  return context.json({ invitation: made, code, link: linkOf(context, code) }, 201);
}

async function accept(context: AppContext): Promise<Response> {
  const { code } = await readJson(context, ROUTES['POST /api/auth/accept'].body);
  const { body } = valueOrThrow(await verifyToken(keyOf(context), 'invite', code, Date.now()));
  requireSameTeam(context, body);
  const memberId = MemberIdSchema.parse(crypto.randomUUID());
  const { device, refresh } = await newRenewal(context, memberId, crypto.randomUUID());
  const ask = { id: body.sub, hash: await hashOf(code), memberId, device };
  return signIn(
    context,
    refresh,
    await countedAttempt(context, () => lobbyOfRequest(context).people('accept', ask)),
  );
}

export function invitationRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/invitations', async (context) =>
    context.json({ invitations: await lobbyOfRequest(context).people('invitations', null) }),
  );
  route(app, 'POST /api/invitations', invite);
  route(app, 'DELETE /api/invitations/:id', async (context) => {
    const ask = { by: actingMember(context), id: context.req.param('id') ?? '' };
    valueOrThrow(await lobbyOfRequest(context).people('uninvite', ask));
    return context.body(null, 204);
  });
  route(app, 'POST /api/auth/accept', accept);
  return app;
}
