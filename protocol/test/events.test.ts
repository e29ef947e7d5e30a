import { describe, expect, it } from 'vitest';
import {
  decodeStreamEvents,
  EpochSchema,
  encodeBatch,
  encodeEvent,
  readBatch,
  type StreamEvent,
  StreamEventSchema,
} from '../src/index.ts';
import { EVENT_SAMPLES } from './samples.ts';

const E = EpochSchema.parse('00000000000000e1');

function decode(bytes: Uint8Array) {
  const header = readBatch(bytes);
  if (!header.ok) throw new Error(header.error.message);
  return { header: header.value, events: decodeStreamEvents(bytes, header.value) };
}
const raw = (text: string) =>
  encodeBatch({
    kind: 'event',
    epoch: E,
    first: 1,
    chunks: [{ stream: 0, data: new TextEncoder().encode(text), time: 1 }],
  });

describe('events', () => {
  it.each(EVENT_SAMPLES)('[S4a] %j travels as a batch of one frame', (sample) => {
    const event: StreamEvent = StreamEventSchema.parse(sample);
    const { header, events } = decode(encodeEvent(E, 7, event, 5));
    expect(header).toMatchObject({ kind: 'event', first: 7, last: 7, time: 5 });
    expect(events).toEqual({ ok: true, value: [event] });
  });

  it('what is no event is refused', () => {
    for (const text of [
      '',
      '{',
      '[]',
      '{"type":"from:the-future"}',
      '{"type":"program:resized","cols":0,"rows":1}',
    ])
      expect(decode(raw(text)).events).toMatchObject({ ok: false, error: { code: 'INVALID_MESSAGE' } });
  });

  it('[S12] a compressed one is refused: the room reads events', () => {
    const bytes = raw('{}');
    bytes[2] = 1;
    expect(decode(bytes).events).toMatchObject({ ok: false });
  });
});
