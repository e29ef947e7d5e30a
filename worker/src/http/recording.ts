import { CAST_TYPE } from '@muster/protocol';
import { recordingStream } from '../recording/recording-stream.ts';
import type { RoomStub } from '../rpc.ts';
import type { AppContext } from './app.ts';
import type { QueryOf } from './routes.ts';

/** B11: all that the agent printed and its room still has, or a part of it, as asciicast v2. */
export async function recordingOf(
  context: AppContext,
  agentId: string,
  room: RoomStub,
  part: QueryOf<'GET /api/agents/:agentId/recording'>,
): Promise<Response> {
  const cast = await recordingStream((ask) => room.recording(ask), part);
  return context.body(cast, 200, {
    'content-type': CAST_TYPE,
    'content-disposition': `attachment; filename="${agentId}.cast"`,
  });
}
