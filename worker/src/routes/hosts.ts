import { HostIdSchema, type WireError, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { signingKey, signToken, verifyToken } from '../auth/tokens.ts';
import { lobbyOf } from '../env.ts';
import type { LobbyStub } from '../rpc.ts';
import type { App, AppContext } from './app.ts';
import { DESCRIBED } from './described.ts';
import { Refused } from './errors.ts';
import { readJson } from './input.ts';
import { memberOf, on } from './on.ts';
import { entryOf } from './record.ts';

interface Enrolment {
  readonly hostId: string;
  readonly name: string;
  /** The token's own id, and when it ends (ms). */
  readonly code: string;
  readonly expiresAt: number;
}

async function enrolled(
  lobby: LobbyStub,
  { hostId, name, code, expiresAt }: Enrolment,
): Promise<WireError | undefined> {
  if (!(await lobby.spend(code, expiresAt))) return wireError('AUTH_FAILED', 'token: was used before');
  if (await lobby.enrol({ hostId, name })) return undefined;
  return wireError('RESOURCE_EXHAUSTED', 'name: the team has all the hosts it may have');
}

/** X4: a one-time token buys a host its own. */
async function enrol(context: AppContext): Promise<Response> {
  const asked = await readJson(context, DESCRIBED['POST /api/hosts'].body);
  const key = signingKey(context.env.MUSTER_KEY);
  const now = Date.now();
  const verified = await verifyToken(key, 'enrol', asked.token, now);
  if (!verified.ok) throw new Refused(verified.error);
  const { body, jti, expiresAt } = verified.value;
  const { team } = context.var;
  if (body.team !== team) throw new Refused(wireError('AUTH_FAILED', 'token: is for another team'));
  const lobby = lobbyOf(context.env, team);
  const hostId = asked.hostId ?? HostIdSchema.parse(crypto.randomUUID());
  const refusal = await enrolled(lobby, { hostId, name: asked.name, code: jti, expiresAt });
  const what = { action: 'host:enrol', target: hostId, details: `${asked.name}, by a token of ${body.sub}` };
  await lobby.note(entryOf(context, null, what, refusal));
  if (refusal !== undefined) throw new Refused(refusal);
  const host = await signToken(key, 'host', { sub: hostId, team }, now);
  return context.json({ hostId, team, ...host }, 201);
}

export function hostRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/hosts', async (context) =>
    context.json({ hosts: await lobbyOf(context.env, context.var.team).hosts() }),
  );
  on(app, 'POST /api/hosts', enrol);
  on(app, 'POST /api/hosts/enrolment', async (context) => {
    const { member: sub, team, name, role } = memberOf(context);
    const key = signingKey(context.env.MUSTER_KEY);
    const entry = entryOf(context, { id: sub, name, role }, { action: 'host:enrolment' });
    await lobbyOf(context.env, team).note(entry);
    return context.json(await signToken(key, 'enrol', { sub, team }, Date.now()), 201);
  });
  return app;
}
