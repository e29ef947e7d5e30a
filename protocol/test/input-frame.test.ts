import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import {
  AgentIdSchema,
  asProgramInput,
  ClientIdSchema,
  commandIdOf,
  decodeInput,
  encodeInput,
  type InputFrame,
  LIMITS,
  readBatch,
} from '../src/index.ts';

const anyFrame: fc.Arbitrary<InputFrame> = fc.record({
  clientId: fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .map((text) => ClientIdSchema.parse(text)),
  inputSequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  commandId: fc.constantFrom(undefined, commandIdOf(AgentIdSchema.parse('bash'), 'abc')),
  answer: fc.boolean(),
  data: fc.uint8Array({ maxLength: 300 }),
});
const typed: InputFrame = {
  clientId: ClientIdSchema.parse('c'),
  inputSequence: 7,
  commandId: undefined,
  answer: false,
  data: new Uint8Array([3]),
};
const refusal = (bytes: Uint8Array) => {
  const decoded = decodeInput(bytes);
  return decoded.ok ? null : `${decoded.error.code} ${decoded.error.details?.['field']}`;
};
const withByte = (at: number, byte: number) => {
  const bytes = encodeInput(typed);
  bytes[at] = byte;
  return bytes;
};
/** A frame with ids in ASCII that the types do not allow, put behind the header of another. */
const withIds = (client: string, command = '') => {
  const ids = new TextEncoder().encode(client + command);
  const bytes = new Uint8Array([...encodeInput(typed).subarray(0, 16), ...ids]);
  bytes[3] = command.length;
  new DataView(bytes.buffer).setUint16(4, client.length);
  return bytes;
};

describe('[I2] an input frame', () => {
  it('reads as it was written, wherever it lies', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(9), (frame, offset) => {
        const bytes = encodeInput(frame);
        const inside = new Uint8Array(offset + bytes.length);
        inside.set(bytes, offset);
        const decoded = decodeInput(inside.subarray(offset));
        expect(decoded.ok && { ...decoded.value, data: [...decoded.value.data] }).toEqual({
          ...frame,
          data: [...frame.data],
        });
      }),
    );
  });

  it('is never taken for a batch, and any other bytes are refused, not read', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(readBatch(encodeInput(frame)).ok).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const decoded = decodeInput(bytes);
        if (decoded.ok) expect([...encodeInput(decoded.value)]).toEqual([...bytes]);
      }),
    );
  });

  it.each([
    ['no bytes', new Uint8Array(), 'input'],
    ['another version', withByte(0, 2), 'input'],
    ['another kind', withByte(1, 0), 'input'],
    ['an unknown flag', withByte(2, 2), 'input'],
    ['ids longer than it is', withByte(3, 200), 'input'],
    ['bytes that are reserved', withByte(6, 1), 'input'],
    ['number 0', encodeInput({ ...typed, inputSequence: 0 }), 'inputSequence'],
    ['a number beyond 2^53', withByte(8, 0xff), 'inputSequence'],
    ['no client', withIds(''), 'clientId'],
    ['a client of 129 characters', withIds('x'.repeat(129)), 'clientId'],
    ['a client that is no text', withByte(16, 0xff), 'clientId'],
    ['a command that is none', withIds('c', 'no command'), 'commandId'],
  ])('with %s is INVALID_MESSAGE', (_, bytes, field) => {
    expect(refusal(bytes)).toBe(`INVALID_MESSAGE ${field}`);
  });

  it('[L] holds at most 64 KiB', () => {
    const full = new Uint8Array(LIMITS.inputBytes);
    expect(refusal(encodeInput({ ...typed, data: full }))).toBeNull();
    const more = new Uint8Array(LIMITS.inputBytes + 1);
    expect(refusal(encodeInput({ ...typed, data: more }))).toBe('MESSAGE_TOO_LARGE data');
  });

  it('[G4] is the same as a message, as text where it is text', () => {
    const { clientId, inputSequence } = typed;
    const said = (data: Uint8Array) => asProgramInput({ ...typed, data }).payload;
    const head = { clientId, inputSequence, commandId: undefined };
    expect(said(new TextEncoder().encode('é'))).toEqual({ ...head, data: 'é', encoding: 'utf8' });
    expect(said(Uint8Array.of(0xff, 0))).toEqual({ ...head, data: '/wA=', encoding: 'base64' });
  });
});
