import {
  fileNameOf,
  fileTypeOf,
  type HostAnswer,
  type HostQuery,
  isImageType,
  wireError,
} from '@muster/protocol';
import { Hono } from 'hono';
import { hashOfBytes } from '../auth/hash.ts';
import { addressOf } from '../socket/handshake.ts';
import { agentIdOf, requireRoom, requireRoomOfId } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { ackResponse, RequestError } from './errors.ts';
import { readFileBody } from './file-body.ts';
import { idempotencyKey } from './request-body.ts';
import { memberClaims, route } from './route.ts';
import type { QueryOf } from './routes.ts';

const NOT_FOUND = 'CONVERSATION_NOT_FOUND';
const conversationOf = (context: AppContext): string => context.req.param('id') ?? '';

/** C15: the room keeps it until a message takes it along. */
async function upload(context: AppContext): Promise<Response> {
  const { name, type, data } = await readFileBody(context);
  const room = await requireRoomOfId(context, conversationOf(context), NOT_FOUND);
  const file = {
    conversationId: conversationOf(context),
    name: fileNameOf(name),
    mimeType: fileTypeOf(type, data),
    sha256: await hashOfBytes(data),
    data,
  };
  const address = addressOf(context.req.raw.headers);
  const ack = await room.upload(memberClaims(context), file, idempotencyKey(context), address);
  return ackResponse(context, ack, 201);
}

/** X12: whatever it holds, it runs nothing: images are shown, all else is saved. */
async function download(context: AppContext): Promise<Response> {
  const room = await requireRoomOfId(context, conversationOf(context), NOT_FOUND);
  const found = await room.file(conversationOf(context), context.req.param('fileId') ?? '');
  if (found === null)
    throw new RequestError(wireError('NOT_FOUND', 'There is no such file, or not any more'));
  const { name, mimeType, data } = found;
  const isShown = isImageType(mimeType);
  return context.body(new Uint8Array(data), 200, {
    'content-type': isShown ? mimeType : 'application/octet-stream',
    'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encoded(name)}`,
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    // Of an id that is never used again; kept by the member's own browser only.
    'cache-control': 'private, max-age=3600, immutable',
  });
}

/** RFC 8187. */
const encoded = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );

/** @throws RequestError that the host, or its absence, gave */
async function askHost(
  context: AppContext,
  query: HostQuery,
): Promise<Exclude<HostAnswer, { type: 'refused' }>> {
  const answer = await (await requireRoom(context, agentIdOf(context))).askHost(query);
  if (answer.type === 'refused') throw new RequestError(answer.error);
  return answer;
}

async function findFiles(
  context: AppContext,
  { query }: QueryOf<'GET /api/agents/:agentId/files'>,
): Promise<Response> {
  const answer = await askHost(context, { type: 'files', text: query });
  return context.json({ files: answer.type === 'files' ? answer.files : [] });
}

async function sessionsOf(
  context: AppContext,
  { after }: QueryOf<'GET /api/agents/:agentId/sessions'>,
): Promise<Response> {
  const cursor = after === undefined ? {} : { cursor: after };
  const answer = await askHost(context, { type: 'sessions', ...cursor });
  const { sessions, next = null } = answer.type === 'sessions' ? answer : { sessions: [] };
  return context.json({ sessions, next });
}

export function fileRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'POST /api/conversations/:id/files', upload);
  route(app, 'GET /api/conversations/:id/files/:fileId', download);
  route(app, 'GET /api/agents/:agentId/files', findFiles);
  route(app, 'GET /api/agents/:agentId/sessions', sessionsOf);
  return app;
}
