import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import {
  decodeEnvelope,
  decodeServer,
  decodeViewer,
  encodeMessage,
  LIMITS,
  PROTOCOL_VERSION,
  speaksOurMajor,
} from '../src/index.ts';

const heartbeat = { type: 'heartbeat' } as const;

describe('envelope', () => {
  it('from a client only `type` is required', () => {
    expect(decodeViewer('{"type":"heartbeat"}')).toEqual({
      ok: true,
      value: { message: { type: 'heartbeat', payload: {} } },
    });
  });

  it('hands on id and metadata, and drops what it does not know', () => {
    const metadata = { correlationId: 'c', agentId: 'a', priority: 'high' };
    const text = JSON.stringify({ ...heartbeat, id: 'i', metadata: { ...metadata, x: 1 }, y: 2 });
    expect(decodeViewer(text)).toMatchObject({ ok: true, value: { id: 'i', metadata } });
    expect(decodeEnvelope(text)).not.toHaveProperty('value.y');
  });

  it('refuses another major, and takes any minor', () => {
    for (const version of ['1.0.0', '1.7.3', '1'])
      expect(decodeViewer(JSON.stringify({ ...heartbeat, version })).ok).toBe(true);
    for (const version of ['2.0.0', '0.9', '10.0.0', '', 'x'])
      expect(decodeViewer(JSON.stringify({ ...heartbeat, version, id: 'i' }))).toMatchObject({
        ok: false,
        error: { id: 'i', type: 'heartbeat', error: { code: 'UNSUPPORTED_VERSION' } },
      });
    expect(speaksOurMajor(PROTOCOL_VERSION)).toBe(true);
  });

  it('[S13] refuses what is longer than a message', () => {
    const long = JSON.stringify({ ...heartbeat, pad: 'x'.repeat(LIMITS.messageBytes) });
    expect(decodeViewer(long)).toMatchObject({ ok: false, error: { error: { code: 'MESSAGE_TOO_LARGE' } } });
  });

  it('answers an unknown type with UNSUPPORTED_TYPE and the id it came with', () => {
    for (const type of ['nothing', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])
      expect(decodeViewer(JSON.stringify({ type, id: 'i' }))).toMatchObject({
        ok: false,
        error: { id: 'i', type, error: { code: 'UNSUPPORTED_TYPE' } },
      });
  });

  it.each([
    ['not JSON', '{', 'the frame is not JSON'],
    ['no object', '7', 'The message must be an object'],
    ['null', 'null', 'The message must be an object'],
    ['a list', '[]', 'The message must be an object'],
    ['no type', '{}', 'type'],
    ['an empty type', '{"type":""}', 'type'],
    ['an empty id', '{"type":"heartbeat","id":""}', 'id'],
    ['a long id', JSON.stringify({ ...heartbeat, id: 'x'.repeat(129) }), 'id'],
    ['a text as time', '{"type":"heartbeat","timestamp":"now"}', 'timestamp'],
  ])('refuses %s, naming what is wrong', (_, text, word) => {
    const decoded = decodeViewer(text);
    expect(decoded).toMatchObject({ ok: false, error: { error: { code: 'INVALID_MESSAGE' } } });
    if (!decoded.ok) expect(decoded.error.error.message).toContain(word);
  });
});

describe('codec', () => {
  it('what is encoded decodes to itself, whatever the strings hold', () => {
    const data = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(data, fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (text, id) => {
        const message = { type: 'agent:input', payload: { agentId: 'a', data: text } };
        const decoded = decodeViewer(JSON.stringify({ ...message, id }));
        expect(decoded).toEqual({ ok: true, value: { message, id } });
        if (!decoded.ok) return;
        const again = decodeViewer(encodeMessage(decoded.value.message, { id, timestamp: 1 }));
        expect(again).toEqual({ ok: true, value: { ...decoded.value, timestamp: 1 } });
      }),
    );
  });

  it('a sender’s stamp is what is around the message', () => {
    const text = encodeMessage(
      { type: 'pong', payload: {} },
      { id: 'i', timestamp: 5, metadata: { correlationId: 'c' } },
    );
    expect(JSON.parse(text)).toEqual({
      version: PROTOCOL_VERSION,
      id: 'i',
      timestamp: 5,
      metadata: { correlationId: 'c' },
      type: 'pong',
      payload: {},
    });
    expect(decodeServer(text).ok).toBe(true);
  });

  it('answers whatever comes and never throws; what is refused leaves nothing of the inside in its words', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json({ maxDepth: 6 }),
      fc.jsonValue().map((payload) => JSON.stringify({ type: 'agent:create', payload })),
      fc.nat(20_000).map(nested),
      fc.constant('{"__proto__":{"type":"heartbeat"}}'),
      fc.constant('\ud800'),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const decoded = decodeViewer(text);
        if (decoded.ok) return;
        const { message } = decoded.error.error;
        expect(message.length).toBeLessThanOrEqual(LIMITS.textChars);
        expect(message).not.toMatch(/\bat .*:\d+|node_modules|zod/i);
      }),
      { numRuns: 2_000 },
    );
    expect(({} as { type?: string }).type).toBeUndefined();
  });
});
