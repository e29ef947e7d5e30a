import { agentOfId, LIMITS, type WireError, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { tokenOfSid } from '../auth/claims.ts';
import { verifyToken } from '../auth/tokens.ts';
import { roomOf } from '../env.ts';
import { isPushEndpoint } from '../push/endpoint.ts';
import type { PushAnswer } from '../rpc.ts';
import { addressOf, callerOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import { ackResponse, RequestError } from './errors.ts';
import { readJson } from './request-body.ts';
import { memberClaims, route } from './route.ts';
import { PUSH } from './schemas/push.ts';
import { countedAttempt, keyOf, lobbyOfRequest } from './sign-in.ts';

const NOT_PUBLIC = wireError(
  'INVALID_MESSAGE',
  'Pushes go to https addresses of public push services. Give the address that the browser gave.',
  { field: 'endpoint' },
);
const OTHER_OPTION = wireError('INVALID_MESSAGE', 'This button is for another answer', { field: 'optionId' });
const NO_SESSION = wireError('INSUFFICIENT_PERMISSIONS', 'an API token may not');

/** A person's own: a script with an API token is notified of nothing. @throws RequestError */
function callerIn(context: AppContext) {
  const { member: id, name, role, sid } = memberClaims(context);
  if (tokenOfSid(sid) !== null) throw new RequestError(NO_SESSION);
  return { member: { id, name, role }, sid, address: addressOf(context.req.raw.headers) };
}

/** @throws RequestError */
function answered<T extends PushAnswer['type']>(
  answer: PushAnswer,
  type: T,
): Extract<PushAnswer, { type: T }> {
  const isOf = (one: PushAnswer): one is Extract<PushAnswer, { type: T }> => one.type === type;
  if (isOf(answer)) return answer;
  const error: WireError =
    answer.type === 'refused' ? answer.error : wireError('INTERNAL_ERROR', 'something went wrong');
  throw new RequestError(error);
}

async function subscribe(context: AppContext): Promise<Response> {
  const input = await readJson(context, PUSH['POST /api/push/subscriptions'].body);
  const by = callerIn(context);
  if (!isPushEndpoint(input.endpoint, context.env.MUSTER_PUSH_LOOPBACK === 'yes'))
    throw new RequestError(NOT_PUBLIC);
  const { device } = callerOf(context.req.raw.headers);
  const { origin } = new URL(context.req.url);
  const said = input.device ?? (device === '' ? 'A browser' : device);
  const ask = { type: 'subscribe' as const, by, input, device: said.slice(0, LIMITS.deviceChars), origin };
  const { subscription } = answered(await lobbyOfRequest(context).askPush(ask), 'subscribed');
  const { subscriptionId, endpoint, createdAt, lastOutcome } = subscription;
  const service = new URL(endpoint).host;
  return context.json(
    { subscriptionId, device: subscription.device, service, endpoint, createdAt, lastOutcome },
    201,
  );
}

async function unsubscribe(context: AppContext): Promise<Response> {
  const body = await readJson(context, PUSH['DELETE /api/push/subscriptions'].body);
  const which = 'endpoint' in body ? body.endpoint : body.subscriptionId;
  const ask = { type: 'unsubscribe' as const, by: callerIn(context), which };
  answered(await lobbyOfRequest(context).askPush(ask), 'done');
  return context.body(null, 204);
}

/** C10: a service worker may have no session: the token is the right to this one answer, once. */
async function act(context: AppContext): Promise<Response> {
  const { token, optionId } = await readJson(context, PUSH['POST /api/push/act'].body);
  const { env, var: vars } = context;
  const { body, jti, expiresAt } = await countedAttempt(context, () =>
    verifyToken(keyOf(context), 'push', token, Date.now()),
  );
  const agentId = agentOfId(body.permission);
  if (body.team !== vars.team || agentId === null)
    throw new RequestError(wireError('AUTH_FAILED', 'The token is for another team'));
  if (body.option !== optionId) throw new RequestError(OTHER_OPTION);
  const { permission: permissionId, digest, device: subscriptionId, sub: memberId } = body;
  const asked = { code: `push:${jti}`, expiresAt, memberId, subscriptionId, agentId, permissionId };
  const may = answered(await lobbyOfRequest(context).askPush({ type: 'act', act: asked }), 'may-act');
  const message = { type: 'permission:respond' as const, payload: { permissionId, optionId, digest } };
  const room = roomOf(env, vars.team, may.agentUid);
  const address = addressOf(context.req.raw.headers);
  return ackResponse(context, await room.request(may.claims, message, `push:${jti}`, address), 200);
}

/** C10: who is notified of what on which device. */
export function pushRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/push/key', async (context) =>
    context.json({ key: await lobbyOfRequest(context).pushKey() }),
  );
  route(app, 'GET /api/push/subscriptions', async (context) => {
    const { subscriptions } = await lobbyOfRequest(context).pushes(callerIn(context).member.id);
    return context.json({ subscriptions });
  });
  route(app, 'POST /api/push/subscriptions', subscribe);
  route(app, 'DELETE /api/push/subscriptions', unsubscribe);
  route(app, 'GET /api/push/settings', async (context) => {
    const { settings } = await lobbyOfRequest(context).pushes(callerIn(context).member.id);
    return context.json(settings);
  });
  route(app, 'PUT /api/push/settings', async (context) => {
    const settings = await readJson(context, PUSH['PUT /api/push/settings'].body);
    const ask = { type: 'set' as const, by: callerIn(context), settings };
    answered(await lobbyOfRequest(context).askPush(ask), 'done');
    return context.json(settings);
  });
  route(app, 'POST /api/push/test', async (context) => {
    const ask = { type: 'test' as const, by: callerIn(context) };
    const { count } = answered(await lobbyOfRequest(context).askPush(ask), 'done');
    return context.json({ devices: count }, 202);
  });
  route(app, 'POST /api/push/act', act);
  return app;
}
