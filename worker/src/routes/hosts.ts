import { type HostId, HostIdSchema, type WireError, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import * as z from 'zod';
import { signingKey, signToken, verifyToken } from '../auth/tokens.ts';
import { lobbyOf } from '../env.ts';
import type { LobbyStub } from '../rpc.ts';
import type { App, AppContext } from './app.ts';
import { DESCRIBED } from './described.ts';
import { Refused } from './errors.ts';
import { read, readJson } from './input.ts';
import { limitsOf, memberOf, on } from './on.ts';
import { entryOf } from './record.ts';

const NamedSchema = z.object({ hostId: HostIdSchema });

/** X4: a one-time token registers a host's key. Its private half never leaves the host. */
async function enrol(context: AppContext): Promise<Response> {
  const asked = await readJson(context, DESCRIBED['POST /api/hosts'].body);
  const verified = await verifyToken(signingKey(context.env.MUSTER_KEY), 'enrol', asked.token, Date.now());
  if (!verified.ok) throw new Refused(verified.error);
  const { body, jti: id, expiresAt } = verified.value;
  const { team } = context.var;
  if (body.team !== team) throw new Refused(wireError('AUTH_FAILED', 'The token is for another team'));
  const hostId = asked.hostId ?? HostIdSchema.parse(crypto.randomUUID());
  const host = { hostId, name: asked.name, publicKey: asked.publicKey.x };
  const lobby = lobbyOf(context.env, team);
  const refusal = await lobby.enrol(host, { id, expiresAt, maker: body.sub });
  const what = { action: 'host:enrol', target: hostId, details: `${asked.name}, by a token of ${body.sub}` };
  await lobby.note(entryOf(context, null, what, refusal ?? undefined));
  if (refusal !== null) throw new Refused(refusal);
  return context.json({ hostId, team }, 201);
}

/** What an admin does to a host, on record. @throws Refused with the lobby's reason */
async function act(
  context: AppContext,
  action: 'host:revoke' | 'host:delete',
  ask: (lobby: LobbyStub, hostId: HostId) => Promise<WireError | null>,
): Promise<void> {
  const { member: id, name, role } = memberOf(context);
  const hostId = read(context.req.param(), NamedSchema).hostId;
  const lobby = lobbyOf(context.env, context.var.team);
  const refusal = await ask(lobby, hostId);
  await lobby.note(entryOf(context, { id, name, role }, { action, target: hostId }, refusal ?? undefined));
  if (refusal !== null) throw new Refused(refusal);
}

export function hostRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/hosts', async (context) =>
    context.json({ hosts: await lobbyOf(context.env, context.var.team).hosts(limitsOf(context)) }),
  );
  on(app, 'POST /api/hosts', enrol);
  on(app, 'POST /api/hosts/enrolment', async (context) => {
    const { member: sub, team, name, role } = memberOf(context);
    const key = signingKey(context.env.MUSTER_KEY);
    const entry = entryOf(context, { id: sub, name, role }, { action: 'host:enrolment' });
    await lobbyOf(context.env, team).note(entry);
    return context.json(await signToken(key, 'enrol', { sub, team }, Date.now()), 201);
  });
  on(app, 'POST /api/hosts/:hostId/revoke', async (context) => {
    await act(context, 'host:revoke', (lobby, hostId) => lobby.revokeHost(hostId));
    return context.json({});
  });
  on(app, 'DELETE /api/hosts/:hostId', async (context) => {
    await act(context, 'host:delete', (lobby, hostId) => lobby.deleteHost(hostId));
    return context.json({});
  });
  return app;
}
