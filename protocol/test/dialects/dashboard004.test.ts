import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  AgentIdSchema,
  decode004,
  decodeServer,
  encode004,
  handshakeError004,
  outputOf,
  PROTOCOL_VERSION,
  SERVER_MESSAGES,
  type ServerMessage,
  STREAM,
  textOf,
  wireError,
} from '../../src/index.ts';
import { SERVER_SAMPLES, VIEWER_SAMPLES } from '../samples.ts';

const agentId = AgentIdSchema.parse('bash');

describe('dialect of seed 004', () => {
  it.each(Object.entries(VIEWER_SAMPLES).filter(([type]) => type !== 'flow:ack'))(
    'takes %s as 004 writes it',
    (type, payload) => {
      const text = JSON.stringify({ version: '1.0.0', type, timestamp: 1_234_567_890_000, payload });
      expect(decode004(text)).toMatchObject({ ok: true, value: { message: { type, payload } } });
    },
  );

  it('has no flow control of the client’s', () => {
    const text = JSON.stringify({ type: 'flow:ack', id: 'i', payload: VIEWER_SAMPLES['flow:ack'] });
    expect(decode004(text)).toMatchObject({
      ok: false,
      error: { id: 'i', type: 'flow:ack', error: { code: 'UNSUPPORTED_TYPE' } },
    });
  });

  it.each(Object.entries(SERVER_SAMPLES))('says %s with every envelope field', (type, payload) => {
    const parsed = SERVER_MESSAGES[type as keyof typeof SERVER_MESSAGES].parse(payload);
    const message = { type, payload: parsed } as ServerMessage;
    const text = encode004(message, { id: 'i', timestamp: 5, correlationId: 'c' });
    expect(JSON.parse(text)).toEqual({
      version: PROTOCOL_VERSION,
      id: 'i',
      type,
      timestamp: 5,
      payload,
      metadata: { correlationId: 'c' },
    });
    expect(decodeServer(text)).toMatchObject({ ok: true, value: { message } });
    expect(JSON.parse(encode004(message, { id: 'i', timestamp: 5 }))).toHaveProperty('metadata', {});
  });

  it('[S11] tells a frame’s own number, time, stream and text, whatever its bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(
        bytes,
        fc.boolean(),
        fc.integer({ min: 1, max: 2 ** 53 - 1 }),
        (data, isError, sequence) => {
          const stream = isError ? STREAM.stderr : STREAM.stdout;
          const message = outputOf(agentId, { data, stream, sequence, time: 7, commandSequence: 0 });
          expect(message.payload).toEqual({
            agentId,
            stream: isError ? 'stderr' : 'stdout',
            data: textOf(data),
            timestamp: 7,
            sequence,
          });
          expect(decodeServer(encode004(message, { id: 'i', timestamp: 1 }))).toMatchObject({ ok: true });
        },
      ),
    );
  });

  it('has one error for a token that is refused', () => {
    expect(handshakeError004(wireError('TOKEN_EXPIRED', 'old'))).toMatchObject({
      code: 'AUTH_FAILED',
      message: 'old',
    });
    const other = wireError('RATE_LIMIT', 'x');
    expect(handshakeError004(other)).toBe(other);
  });
});
