import { type AgentId, ClientIdSchema, LIMITS, POLLED_TYPE, PositionSchema } from '@muster/protocol';
import { Hono } from 'hono';
import * as z from 'zod';
import { lineOf } from '../env.ts';
import type { Poll } from '../rpc.ts';
import { agentIdOf } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { errorResponse } from './errors.ts';
import { readQuery } from './input.ts';
import { memberOf, on } from './on.ts';

/** A poller's name for its line: it makes it up, one for each that it opens. */
export const LineSchema = z.string().regex(/^[A-Za-z0-9._-]{8,128}$/, 'has 8 to 128 letters, digits, . _ -');
const count = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a number')
  .transform(Number);

/** `<epoch>:<sequence>` */
const after = z
  .string()
  .transform((text) => {
    const colon = text.indexOf(':');
    const sequence = text.slice(colon + 1);
    return {
      epoch: text.slice(0, Math.max(colon, 0)),
      sequence: sequence === '' ? Number.NaN : Number(sequence),
    };
  })
  .pipe(PositionSchema);

const EventsSchema = z.object({
  line: LineSchema.optional(),
  /** I1, B9: the client's own name, the same as on its sockets. */
  client: ClientIdSchema.optional(),
  got: count.optional(),
  wait: count
    .refine((ms) => ms <= LIMITS.pollWait, `must be at most ${LIMITS.pollWait}`)
    .default(LIMITS.pollWait),
});
const RoomEventsSchema = EventsSchema.extend({
  after: after.optional(),
  history: z.enum(['screen', 'full']).optional(),
});
type Events = z.output<typeof EventsSchema> & Pick<Poll, 'read'>;

/** What of the wish to read was named; without any a line waits for its `subscribe:agent`. One that is not kept has to read. */
function readOf({ line, after, history }: z.output<typeof RoomEventsSchema>): Pick<Poll, 'read'> {
  if (line !== undefined && after === undefined && history === undefined) return {};
  return {
    read: { ...(after === undefined ? {} : { after }), ...(history === undefined ? {} : { history }) },
  };
}

async function poll(context: AppContext, agentId: AgentId | null, asked: Events): Promise<Response> {
  const { line = crypto.randomUUID(), client, got, wait, read } = asked;
  const claims = memberOf(context);
  const answer = await lineOf(context.env, claims.team, claims.member, line).poll({
    claims,
    agentId,
    clientId: client ?? ClientIdSchema.parse(line),
    wait,
    once: asked.line === undefined,
    ...(got === undefined ? {} : { got }),
    ...(read === undefined ? {} : { read }),
  });
  if (!answer.ok) return errorResponse(answer.error);
  return new Response(answer.value, { headers: { 'content-type': POLLED_TYPE } });
}

/** G5: the socket's frames for who has none. */
export function eventRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/events', (context) => poll(context, null, readQuery(context, EventsSchema)));
  on(app, 'GET /api/agents/:agentId/events', (context) => {
    const asked = readQuery(context, RoomEventsSchema);
    return poll(context, agentIdOf(context), { ...asked, ...readOf(asked) });
  });
  on(app, 'DELETE /api/events', async (context) => {
    const { line } = readQuery(context, z.object({ line: LineSchema }));
    const { team, member } = memberOf(context);
    await lineOf(context.env, team, member, line).hangUp();
    return context.body(null, 204);
  });
  return app;
}
