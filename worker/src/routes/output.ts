import { CAST_TYPE, type CommandRow, LIMITS, wireError } from '@muster/protocol';
import { findCommand } from '../history/commands.ts';
import { commandStream } from '../recording/command-stream.ts';
import { CastForm, type Form, PlainForm } from '../recording/form.ts';
import { roomOfCommand } from './agents.ts';
import type { AppContext } from './app.ts';
import type { QueryOf } from './described.ts';
import { Refused } from './errors.ts';

/** What a terminal has that nobody sized. */
const SIZE = { cols: 80, rows: 24 };
/** Of what never began there is nothing to miss. */
const NEVER_BEGAN: readonly string[] = ['queued', 'cancelled'];

/** What one command printed, whether it is over or not, from what its room still has of its agent's stream. */
export async function outputOf(
  context: AppContext,
  { format }: QueryOf<'GET /api/commands/:id/output'>,
): Promise<Response> {
  const commandId = context.req.param('id') ?? '';
  const room = await roomOfCommand(context, commandId);
  const known =
    (await room.command(commandId)) ??
    (await findCommand(context.env.DB.withSession(), context.var.team, commandId));
  if (known === null)
    throw new Refused(wireError('COMMAND_NOT_FOUND', 'id: there is no such command', { field: 'id' }));
  const form = format === 'cast' ? castOf(known) : new PlainForm();
  const headers =
    format === 'cast'
      ? { 'content-type': CAST_TYPE, 'content-disposition': `attachment; filename="${commandId}.cast"` }
      : { 'content-type': 'text/plain; charset=utf-8' };
  if (NEVER_BEGAN.includes(known.status)) return context.body(nothing(form), 200, headers);
  const stream = await commandStream((ask) => room.recording(ask), commandId, known.requestedAt, form);
  return context.body(stream, 200, headers);
}

const castOf = ({ command, interactive, requestedAt }: CommandRow): Form =>
  new CastForm({
    title: command.slice(0, LIMITS.commandShownChars),
    size: SIZE,
    pipe: interactive !== true,
    at: requestedAt,
  });

function nothing(form: Form): string {
  form.end();
  return form.take();
}
