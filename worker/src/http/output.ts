import { CAST_TYPE, type CommandRow, LIMITS, type OutputPage, wireError } from '@muster/protocol';
import { findCommand } from '../history/commands.ts';
import { NOTHING_KEPT } from '../recording/command-frames.ts';
import {
  AsciicastFormat,
  type CommandOutputFormat,
  PlainTextFormat,
} from '../recording/command-output-format.ts';
import { commandStream } from '../recording/command-stream.ts';
import { EMPTY_PAGE, outputPage } from '../recording/output-page.ts';
import type { RoomStub } from '../rpc.ts';
import { findRoomOfCommand, ifVisible } from './agents.ts';
import type { AppContext } from './app.ts';
import { RequestError } from './errors.ts';
import { positionOf } from './position.ts';
import type { QueryOf } from './routes.ts';

/** The size of a terminal that was never sized. */
const SIZE = { cols: 80, rows: 24 };
/** Of what never began there is nothing to miss. */
const NEVER_BEGAN: readonly string[] = ['queued', 'cancelled'];

/** The output of one command, ended or not, from what its room still has of the agent's stream. */
export async function outputOf(
  context: AppContext,
  { format, after }: QueryOf<'GET /api/commands/:id/output'>,
): Promise<Response> {
  const commandId = context.req.param('id') ?? '';
  const room = await findRoomOfCommand(context, commandId);
  const known =
    (await room?.command(commandId)) ??
    (await ifVisible(context, await findCommand(context.env.DB.withSession(), context.var.team, commandId)));
  if (known === null)
    throw new RequestError(wireError('COMMAND_NOT_FOUND', 'There is no such command', { field: 'id' }));
  // N1: with its agent it is gone.
  const source = NEVER_BEGAN.includes(known.status) ? 'nothing' : (room ?? 'gone');
  if (format === 'json') return context.json(await pageOf(source, known, after));
  const headers =
    format === 'cast'
      ? { 'content-type': CAST_TYPE, 'content-disposition': `attachment; filename="${commandId}.cast"` }
      : { 'content-type': 'text/plain; charset=utf-8' };
  const form = format === 'cast' ? castOf(known) : new PlainTextFormat();
  return context.body(await textOf(source, known, form), 200, headers);
}

type Source = RoomStub | 'nothing' | 'gone';

async function pageOf(
  source: Source,
  { commandId, requestedAt }: CommandRow,
  after: string | undefined,
): Promise<OutputPage> {
  if (source === 'nothing') return EMPTY_PAGE;
  if (source === 'gone') return { ...EMPTY_PAGE, parts: [{ missing: NOTHING_KEPT, at: requestedAt }] };
  const request = { commandId, since: requestedAt, after: after === undefined ? null : positionOf(after) };
  return outputPage((ask) => source.recording(ask), request);
}

async function textOf(source: Source, { commandId, requestedAt }: CommandRow, form: CommandOutputFormat) {
  if (source !== 'nothing' && source !== 'gone')
    return commandStream((ask) => source.recording(ask), commandId, requestedAt, form);
  if (source === 'gone') form.write({ type: 'gap', what: NOTHING_KEPT, time: requestedAt });
  form.end();
  return form.take();
}

const castOf = ({ command, interactive, requestedAt }: CommandRow): CommandOutputFormat =>
  new AsciicastFormat({
    title: command.slice(0, LIMITS.commandShownChars),
    size: SIZE,
    pipe: interactive !== true,
    at: requestedAt,
  });
