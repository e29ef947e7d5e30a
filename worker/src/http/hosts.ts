import { err, type HostId, HostIdSchema, ok, type WireError } from '@muster/protocol';
import { Hono } from 'hono';
import * as z from 'zod';
import type { AuditDraft } from '../audit/entry.ts';
import { audiencesOf } from '../auth/guard-host.ts';
import { readAssertion, verifyAssertion } from '../auth/host-assertion.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import { lobbyOf } from '../env.ts';
import type { EnrolmentCode, LobbyStub } from '../rpc.ts';
import type { App, AppContext } from './app.ts';
import { requestDraft } from './audit-entries.ts';
import { RequestError } from './errors.ts';
import { valueOrThrow } from './members.ts';
import { parseInput, readJson } from './request-body.ts';
import { limitsOf, memberClaims, route } from './route.ts';
import { ROUTES } from './routes.ts';
import { countedAttempt, keyOf, requireSameTeam } from './sign-in.ts';

const NamedSchema = z.object({ hostId: HostIdSchema });

/**
 * X15: the revision of the key that signed this enrolment, for this host and this new key; null: it is signed by none
 * that is known.
 */
async function provedRevision(
  { req: { raw }, env }: AppContext,
  lobby: LobbyStub,
  { hostId, proof, key }: { readonly hostId: HostId; readonly proof: string; readonly key: string },
): Promise<number | null> {
  const audiences = audiencesOf(raw, env);
  const claimed = readAssertion(proof, audiences);
  if (!claimed.ok || claimed.value.hostId !== hostId || claimed.value.key !== key) return null;
  const known = await lobby.hostKey(hostId);
  if (known === null || known.revoked) return null;
  const verified = await verifyAssertion(claimed.value, known.publicKey, audiences, Date.now());
  return verified.ok ? known.revision : null;
}

/** X4, X15: a one-time token registers a host's key. Its private half never leaves the host. */
async function enrol(context: AppContext): Promise<Response> {
  const enrolment = await readJson(context, ROUTES['POST /api/hosts'].body);
  const { body, jti, expiresAt } = valueOrThrow(
    await verifyToken(keyOf(context), 'enrol', enrolment.token, Date.now()),
  );
  requireSameTeam(context, body);
  const { team } = context.var;
  const hostId = enrolment.hostId ?? body.host ?? HostIdSchema.parse(crypto.randomUUID());
  const { name, proof, publicKey } = enrolment;
  const code: EnrolmentCode = {
    id: jti,
    expiresAt,
    maker: body.sub,
    ...(body.host === undefined ? {} : { host: body.host, replaces: body.replaces === true }),
  };
  const details = `${name}, by a token of ${body.sub}`;
  const audit = requestDraft(context, null, { action: 'host:enrol', target: hostId, details });
  const host = { hostId, name, publicKey: publicKey.x };
  await countedAttempt(context, async () => {
    const lobby = lobbyOf(context.env, team);
    const proved =
      proof === undefined
        ? null
        : await provedRevision(context, lobby, { hostId, proof, key: host.publicKey });
    const refusal = await lobby.enrol(host, proved === null ? code : { ...code, proved }, audit);
    return refusal === null ? ok(null) : err(refusal);
  });
  return context.json({ hostId, team }, 201);
}

/** X15: a token for a new host, or for the one that is named. */
async function createEnrolmentToken(context: AppContext): Promise<Response> {
  const { hostId, replace } = await readJson(context, ROUTES['POST /api/hosts/enrolment'].body);
  const { member: sub, team, name, role } = memberClaims(context);
  const action = {
    action: 'host:enrolment',
    ...(hostId === undefined ? {} : { target: hostId }),
    ...(replace ? { details: 'replaces its key' } : {}),
  };
  const audit = requestDraft(context, { id: sub, name, role }, action);
  const refusal = await lobbyOf(context.env, team).offerEnrolment(hostId ?? null, replace, audit);
  if (refusal !== null) throw new RequestError(refusal);
  const named = hostId === undefined ? {} : { host: hostId, replaces: replace };
  return context.json(await signToken(keyOf(context), 'enrol', { sub, team, ...named }, Date.now()), 201);
}

/** An admin's action on a host, audited. @throws RequestError with the lobby's reason */
async function hostAction(
  context: AppContext,
  action: 'host:revoke' | 'host:delete',
  ask: (lobby: LobbyStub, hostId: HostId, audit: AuditDraft) => Promise<WireError | null>,
): Promise<Response> {
  const { member: id, name, role } = memberClaims(context);
  const hostId = parseInput(context.req.param(), NamedSchema).hostId;
  const audit = requestDraft(context, { id, name, role }, { action, target: hostId });
  const refusal = await ask(lobbyOf(context.env, context.var.team), hostId, audit);
  if (refusal !== null) throw new RequestError(refusal);
  return context.json({});
}

export function hostRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/hosts', async (context) =>
    context.json({ hosts: await lobbyOf(context.env, context.var.team).hosts(limitsOf(context)) }),
  );
  route(app, 'POST /api/hosts', enrol);
  route(app, 'POST /api/hosts/enrolment', createEnrolmentToken);
  route(app, 'POST /api/hosts/:hostId/revoke', (context) =>
    hostAction(context, 'host:revoke', (lobby, hostId, audit) => lobby.revokeHost(hostId, audit)),
  );
  route(app, 'DELETE /api/hosts/:hostId', (context) =>
    hostAction(context, 'host:delete', (lobby, hostId, audit) => lobby.deleteHost(hostId, audit)),
  );
  return app;
}
