import { type CommandRow, FinalStatusSchema, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { listPastAgents } from '../history/agents.ts';
import { findCommand, listCommands } from '../history/commands.ts';
import { listEvents } from '../history/events.ts';
import { searchHistory } from '../history/search.ts';
import { HISTORY } from '../history/types.ts';
import { findRoomOfCommand, ifVisible } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { withDatabaseSession } from './database-session.ts';
import { RequestError } from './errors.ts';
import { route, visiblePast } from './route.ts';
import type { QueryOf } from './routes.ts';

/** From the route's query to history's filter. */
const filterOf = async (context: AppContext, query: QueryOf<'GET /api/history/commands'>) => ({
  among: await visiblePast(context),
  agentId: query.agent,
  memberId: query.member,
  status: query.status,
  exitCode: query.exit,
  text: query.text,
});

const commands = (context: AppContext, query: QueryOf<'GET /api/history/commands'>) =>
  withDatabaseSession(context, async (session) => {
    const filter = await filterOf(context, query);
    const found = await listCommands(session, context.var.team, filter, query);
    return context.json({ commands: found.rows, next: found.next });
  });

const agents = (context: AppContext, query: QueryOf<'GET /api/history/agents'>) =>
  withDatabaseSession(context, async (session) => {
    const found = await listPastAgents(session, context.var.team, query, await visiblePast(context));
    return context.json({ agents: found.rows, next: found.next });
  });

const search = (context: AppContext, query: QueryOf<'GET /api/history/search'>) =>
  withDatabaseSession(context, async (session) => {
    const filter = { ...(await filterOf(context, query)), text: query.text, in: query.in };
    return context.json(await searchHistory(session, context.var.team, filter, query));
  });

const events = (context: AppContext, query: QueryOf<'GET /api/history/events'>) =>
  withDatabaseSession(context, async (session) => {
    const among = await visiblePast(context);
    const filter = { agentId: query.agent, commandId: query.command, among };
    const found = await listEvents(session, context.var.team, filter, query);
    return context.json({ events: found.rows, next: found.next });
  });

/** One that history has, or not yet, as it is now: a step is there only after seconds. */
async function current(context: AppContext, past: CommandRow | null, commandId: string) {
  if (FinalStatusSchema.safeParse(past?.status).success) return past;
  const now = (await (await findRoomOfCommand(context, commandId))?.command(commandId)) ?? null;
  return now === null ? past : { ...now, startedAt: now.startedAt ?? past?.startedAt ?? null };
}

/** A command and its newest steps: it takes few, but for one that was moved and edited for long. */
const command = (context: AppContext) =>
  withDatabaseSession(context, async (session) => {
    const { team } = context.var;
    const commandId = context.req.param('id') ?? '';
    const past = await findCommand(session, team, commandId);
    const found = await current(context, await ifVisible(context, past), commandId);
    if (found === null) throw new RequestError(wireError('COMMAND_NOT_FOUND', 'There is no such command'));
    const steps = await listEvents(session, team, { commandId }, { limit: HISTORY.stepsShown });
    return context.json({ command: found, events: steps.rows });
  });

export function historyRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/history/agents', agents);
  route(app, 'GET /api/history/commands', commands);
  route(app, 'GET /api/history/search', search);
  route(app, 'GET /api/history/events', events);
  route(app, 'GET /api/commands/:id', command);
  return app;
}
