import {
  decodePayload,
  describeIssue,
  LIMITS,
  MessageIdSchema,
  VIEWER_SCHEMAS,
  type ViewerMessage,
  type ViewerType,
  wireError,
} from '@muster/protocol';
import type * as z from 'zod';
import type { AppContext } from './app.ts';
import { RequestError } from './errors.ts';

/** S13 bounds a body like a message: a longer one is not read to its end. @throws RequestError */
export async function readText(context: AppContext): Promise<string> {
  if (context.var.body !== undefined) return context.var.body;
  const tooLarge = () => new RequestError(wireError('MESSAGE_TOO_LARGE', 'the body is at most 1 MiB'));
  if (Number(context.req.header('content-length') ?? 0) > LIMITS.messageBytes) throw tooLarge();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const part of context.req.raw.body ?? []) {
    bytes += part.length;
    if (bytes > LIMITS.messageBytes) throw tooLarge();
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/** The body as JSON; none counts as `{}`. @throws RequestError */
async function readBody(context: AppContext): Promise<unknown> {
  const text = await readText(context);
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(wireError('INVALID_MESSAGE', 'the body is not JSON'));
  }
}

/** @throws RequestError that names the field and the rule */
export function parseInput<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { message, field } = describeIssue(parsed.error);
  throw new RequestError(wireError('INVALID_MESSAGE', message, { field }));
}

/** @throws RequestError that names the field and the rule */
export async function readJson<T>(context: AppContext, schema: z.ZodType<T>): Promise<T> {
  return parseInput(await readBody(context), schema);
}

/** The body as the payload of a viewer message; the path names what it is about. @throws RequestError */
export async function readMessage(
  context: AppContext,
  type: ViewerType,
  named?:
    | { readonly agentId: string }
    | { readonly commandId: string }
    | { readonly conversationId: string }
    | { readonly permissionId: string },
): Promise<ViewerMessage> {
  const body = (await readBody(context)) ?? {};
  // What is no object stays what it is, so that it is refused as it is on a socket.
  const payload = typeof body === 'object' && !Array.isArray(body) ? { ...body, ...named } : body;
  const decoded = decodePayload<ViewerMessage>({ type, payload }, VIEWER_SCHEMAS);
  if (decoded.ok) return decoded.value.message;
  throw new RequestError(decoded.error.error);
}

/** I1: what makes a request over REST idempotent. @throws RequestError */
export function idempotencyKey(context: AppContext): string {
  const parsed = MessageIdSchema.safeParse(context.req.header('idempotency-key') ?? crypto.randomUUID());
  if (parsed.success) return parsed.data;
  throw new RequestError(
    wireError('INVALID_MESSAGE', 'The header Idempotency-Key must have 1 to 128 characters'),
  );
}
