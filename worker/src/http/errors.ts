import { type Ack, errorRow, type WireError, wireError } from '@muster/protocol';
import type { AppContext } from './app.ts';

/** A refusal on its way out of a handler. */
export class RequestError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(wire.message);
    this.name = 'Refused';
    this.wire = wire;
  }
}

/** Whole seconds, as HTTP knows no less. */
const retryAfter = ({ details }: WireError): Record<string, string> => {
  const ms = details?.['retryAfter'];
  return typeof ms === 'number' ? { 'retry-after': String(Math.ceil(ms / 1000)) } : {};
};

/** `{error: {code, number, message, details?}}` with the status of the table (B17). */
export function errorResponse(refused: WireError): Response {
  const { code, number, message, details } = refused;
  const error = { code, number, message, ...(details === undefined ? {} : { details }) };
  return Response.json({ error }, { status: errorRow(code).status, headers: retryAfter(refused) });
}

/** Nothing from the inside leaves: an object that could not be reached can be tried again, all else is our fault. */
export function onError(error: unknown): Response {
  if (error instanceof RequestError) return errorResponse(error.wire);
  const away = error instanceof Error && ('remote' in error || 'retryable' in error || 'overloaded' in error);
  return errorResponse(
    away
      ? wireError('SERVICE_UNAVAILABLE', 'the service restarts; please try again')
      : wireError('INTERNAL_ERROR', 'something went wrong'),
  );
}

/** An ack is the whole answer of a request that an object was asked. */
export function ackResponse(context: AppContext, ack: Ack, status: 200 | 201 | 202): Response {
  if (ack.success) return context.json(ack.result ?? {}, status);
  return errorResponse(ack.error ?? wireError('INTERNAL_ERROR', 'something went wrong'));
}
