import type * as z from 'zod';
import { type Envelope, EnvelopeSchema, type Metadata } from './envelope.ts';
import { type WireError, wireError } from './errors.ts';
import { describeIssue } from './issues.ts';
import { LIMITS } from './limits.ts';
import {
  KEEPER_MESSAGES,
  type KeeperMessage,
  TO_KEEPER_MESSAGES,
  type ToKeeperMessage,
} from './messages/keeper.ts';
import {
  RUNNER_MESSAGES,
  type RunnerMessage,
  TO_RUNNER_MESSAGES,
  type ToRunnerMessage,
} from './messages/runner.ts';
import { SERVER_MESSAGES, type ServerMessage } from './messages/server.ts';
import { VIEWER_SCHEMAS, type ViewerMessage } from './messages/viewer-messages.ts';
import { err, ok, type Result } from './result.ts';
import { PROTOCOL_VERSION, speaksOurMajor } from './version.ts';

/** A frame that was understood: its message, and what the envelope said beside it. */
export interface Decoded<M> {
  readonly message: M;
  readonly id?: string;
  /** ms since 1970, by its sender's clock. */
  readonly timestamp?: number;
  readonly metadata?: Metadata;
}

/** A frame that was refused. `id` and `type` are there when at least those could be read, so it can be acked. */
export interface ProtocolError {
  readonly error: WireError;
  readonly id?: string;
  readonly type?: string;
}

type Schemas = Readonly<Record<string, z.ZodType>>;

function parseJson(text: string): Result<unknown, WireError> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err(wireError('INVALID_MESSAGE', 'the frame is not JSON'));
  }
}

/** A JSON text of at most one message (S13) and its envelope, of our major. */
export function decodeEnvelope(text: string): Result<Envelope, ProtocolError> {
  if (text.length > LIMITS.messageBytes) {
    return err({
      error: wireError('MESSAGE_TOO_LARGE', `a message is at most ${LIMITS.messageBytes} bytes`),
    });
  }
  const json = parseJson(text);
  if (!json.ok) return err({ error: json.error });
  const envelope = EnvelopeSchema.safeParse(json.value);
  if (!envelope.success) {
    const { message, field } = describeIssue(envelope.error);
    return err({ error: wireError('INVALID_MESSAGE', message, { field }) });
  }
  const { version, id, type } = envelope.data;
  if (version !== undefined && !speaksOurMajor(version)) {
    const error = wireError(
      'UNSUPPORTED_VERSION',
      `This server speaks version ${PROTOCOL_VERSION} of the protocol`,
    );
    return err({ error, type, ...(id === undefined ? {} : { id }) });
  }
  return ok(envelope.data);
}

/** Finds the payload's schema by the envelope's type and applies it; unknown fields are dropped. */
export function decodePayload<M>(envelope: Envelope, schemas: Schemas): Result<Decoded<M>, ProtocolError> {
  const { type, id, timestamp, metadata, payload } = envelope;
  const known = { type, ...(id === undefined ? {} : { id }) };
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) {
    return err({
      ...known,
      error: wireError(
        'UNSUPPORTED_TYPE',
        `This server knows no message of the type ${JSON.stringify(type)}`,
      ),
    });
  }
  const parsed = schema.safeParse(payload ?? {});
  if (!parsed.success) {
    const { message, field } = describeIssue(parsed.error);
    return err({ ...known, error: wireError('INVALID_MESSAGE', message, { field }) });
  }
  // The schema was looked up by this very type, which is all that ties the two together for the compiler.
  const message = { type, payload: parsed.data } as M;
  return ok({
    message,
    ...(id === undefined ? {} : { id }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(metadata === undefined ? {} : { metadata }),
  });
}

function decoder<M>(schemas: Schemas) {
  return (text: string): Result<Decoded<M>, ProtocolError> => {
    const envelope = decodeEnvelope(text);
    return envelope.ok ? decodePayload<M>(envelope.value, schemas) : envelope;
  };
}

/** Viewer → lobby, room or door. */
export const decodeViewer = /* @__PURE__ */ decoder<ViewerMessage>(VIEWER_SCHEMAS);
/** Lobby, room or door → viewer. */
export const decodeServer = /* @__PURE__ */ decoder<ServerMessage>(SERVER_MESSAGES);
/** Keeper → room. */
export const decodeKeeper = /* @__PURE__ */ decoder<KeeperMessage>(KEEPER_MESSAGES);
/** Room → keeper. */
export const decodeToKeeper = /* @__PURE__ */ decoder<ToKeeperMessage>(TO_KEEPER_MESSAGES);
/** Runner → lobby. */
export const decodeRunner = /* @__PURE__ */ decoder<RunnerMessage>(RUNNER_MESSAGES);
/** Lobby → runner. */
export const decodeToRunner = /* @__PURE__ */ decoder<ToRunnerMessage>(TO_RUNNER_MESSAGES);

/** The envelope's id and time; the caller brings them, so cores stay pure. */
export interface Stamp {
  readonly id?: string;
  readonly timestamp?: number;
  readonly metadata?: Metadata;
}

type AnyMessage =
  | ViewerMessage
  | ServerMessage
  | KeeperMessage
  | ToKeeperMessage
  | RunnerMessage
  | ToRunnerMessage;

/** One text frame. */
export function encodeMessage(message: AnyMessage, stamp: Stamp = {}): string {
  return JSON.stringify({
    version: PROTOCOL_VERSION,
    ...stamp,
    type: message.type,
    payload: message.payload,
  });
}
