import { type CommandId, CommandIdSchema } from './command.ts';
import { type WireError, wireError } from './errors.ts';
import { type ClientId, isClientId } from './ids.ts';
import { LIMITS } from './limits.ts';
import type { ToKeeperMessage } from './messages/keeper.ts';
import { err, ok, type Result } from './result.ts';

/**
 * I2: keys as bytes, on a `muster.v1` socket in place of `agent:input`, and passed on to the keeper as they are: the
 * room reads the head, never the letter, and a key's way has no JSON on it. Big-endian.
 *
 * | at | bytes | what |
 * | --- | --- | --- |
 * | 0 | 1 | version |
 * | 1 | 1 | kind: 16, so that none is taken for a batch (batch/layout.ts) |
 * | 2 | 1 | flags: 1 an answer of the terminal (X6) |
 * | 3 | 1 | length of the command id, m; 0: the program is meant |
 * | 4 | 2 | length of the client id, c |
 * | 6 | 2 | reserved, 0 |
 * | 8 | 8 | input sequence |
 * | 16 | c | client id, UTF-8 |
 * | 16+c | m | command id, ASCII |
 * | 16+c+m | … | the keys, at most 64 KiB |
 */
export const INPUT_VERSION = 1;
/** The feature by which a server announces them in `connection:ack`. */
export const INPUT_FEATURE = 'binary-input';
const KIND = 16;
const ANSWER = 1;
const AT = {
  version: 0,
  kind: 1,
  flags: 2,
  commandLength: 3,
  clientLength: 4,
  reserved: 6,
  sequence: 8,
} as const;
const HEADER_BYTES = 16;

export interface InputFrame {
  readonly clientId: ClientId;
  readonly inputSequence: number;
  /** An interactive command that runs; undefined: the program. */
  readonly commandId: CommandId | undefined;
  /** X6: the terminal says this by itself, nobody typed it. */
  readonly answer: boolean;
  readonly data: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeInput(frame: InputFrame): Uint8Array<ArrayBuffer> {
  const client = encoder.encode(frame.clientId);
  const command = encoder.encode(frame.commandId ?? '');
  const body = HEADER_BYTES + client.length + command.length;
  const bytes = new Uint8Array(body + frame.data.length);
  const view = new DataView(bytes.buffer);
  bytes[AT.version] = INPUT_VERSION;
  bytes[AT.kind] = KIND;
  bytes[AT.flags] = frame.answer ? ANSWER : 0;
  bytes[AT.commandLength] = command.length;
  view.setUint16(AT.clientLength, client.length);
  view.setBigUint64(AT.sequence, BigInt(frame.inputSequence));
  bytes.set(client, HEADER_BYTES);
  bytes.set(command, HEADER_BYTES + client.length);
  bytes.set(frame.data, body);
  return bytes;
}

const refuse = (field: string, why: string): Result<never, WireError> =>
  err(wireError('INVALID_MESSAGE', why, { field }));

/** The keys are a view into `bytes`. INVALID_MESSAGE or MESSAGE_TOO_LARGE names the field that is wrong. */
export function decodeInput(bytes: Uint8Array): Result<InputFrame, WireError> {
  if (bytes.length < HEADER_BYTES) return refuse('input', 'The input frame is shorter than its header');
  if (bytes[AT.version] !== INPUT_VERSION || bytes[AT.kind] !== KIND)
    return refuse('input', 'The version or the kind of the input frame is not known');
  const flags = bytes[AT.flags] ?? 0;
  if ((flags & ~ANSWER) !== 0) return refuse('input', 'The input frame has flags that are not known');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(AT.reserved) !== 0)
    return refuse('input', 'The reserved bytes of an input frame must be 0');
  const clientEnd = HEADER_BYTES + view.getUint16(AT.clientLength);
  const body = clientEnd + view.getUint8(AT.commandLength);
  if (body > bytes.length) return refuse('input', 'The ids of the input frame do not fit into it');
  const inputSequence = Number(view.getBigUint64(AT.sequence));
  if (inputSequence < 1 || !Number.isSafeInteger(inputSequence))
    return refuse('inputSequence', 'The input sequence is out of range');
  const clientId = textOf(bytes.subarray(HEADER_BYTES, clientEnd));
  if (!isClientId(clientId))
    return refuse('clientId', 'The name of a client has 1 to 128 characters of UTF-8');
  const command =
    clientEnd === body ? null : CommandIdSchema.safeParse(textOf(bytes.subarray(clientEnd, body)));
  if (command?.success === false) return refuse('commandId', 'The id of the command is not valid');
  const data = bytes.subarray(body);
  if (data.length > LIMITS.inputBytes) return tooLarge(LIMITS.inputBytes);
  return ok({ clientId, inputSequence, commandId: command?.data, answer: flags === ANSWER, data });
}

/** The same for a keeper that takes no frames (G4). */
export function asProgramInput({ data, answer, ...head }: InputFrame): ToKeeperMessage {
  const text = textOf(data);
  const said =
    text === null
      ? { data: btoa(String.fromCharCode(...data)), encoding: 'base64' as const }
      : { data: text, encoding: 'utf8' as const };
  return { type: 'program:input', payload: { ...head, ...(answer ? { answer } : {}), ...said } };
}

const tooLarge = (most: number): Result<never, WireError> =>
  err(wireError('MESSAGE_TOO_LARGE', `An input has at most ${most} bytes`, { field: 'data' }));

/** null: it is not UTF-8. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
