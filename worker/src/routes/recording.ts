import { CAST_TYPE, describeIssue, wireError } from '@muster/protocol';
import * as z from 'zod';
import { recordingStream } from '../recording/stream.ts';
import type { RoomStub } from '../rpc.ts';
import type { AppContext } from './app.ts';
import { Refused } from './errors.ts';

const time = z.coerce
  .number('must be ms since 1970')
  .int('must be whole ms since 1970')
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .optional();
const WishSchema = z
  .object({ from: time, to: time })
  .refine(({ from = 0, to = from }) => from <= to, { path: ['to'], error: 'must not be before from' });

/** B11: all that the agent printed and its room still has, or a part of it, as asciicast v2. @throws Refused */
export async function recordingOf(context: AppContext, agentId: string, room: RoomStub): Promise<Response> {
  const wish = WishSchema.safeParse(context.req.query());
  if (!wish.success) {
    const { message, field } = describeIssue(wish.error, '');
    throw new Refused(wireError('INVALID_MESSAGE', message, { field }));
  }
  const cast = await recordingStream((ask) => room.recording(ask), wish.data);
  return context.body(cast, 200, {
    'content-type': CAST_TYPE,
    'content-disposition': `attachment; filename="${agentId}.cast"`,
  });
}
