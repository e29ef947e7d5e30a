import * as z from 'zod';
import { LIMITS } from './limits.ts';
import { recordOf } from './record.ts';

interface ErrorRow {
  /** 003's number. */
  readonly number: number;
  /** 003's name where it differs. */
  readonly name003?: string;
  /** Whether trying again can help. */
  readonly recoverable: boolean;
  /** HTTP status of the same refusal on REST. */
  readonly status: number;
  /** Close code where the error ends the socket. */
  readonly close?: number;
}

/** The one table of errors. */
export const ERRORS = {
  AUTH_FAILED: { number: 1001, recoverable: false, status: 401, close: 4401 },
  TOKEN_EXPIRED: { number: 1002, recoverable: true, status: 401, close: 4401 },
  INSUFFICIENT_PERMISSIONS: { number: 1003, recoverable: false, status: 403 },
  AGENT_NOT_FOUND: { number: 2001, recoverable: false, status: 404, close: 4404 },
  AGENT_SPAWN_FAILED: { number: 2002, recoverable: true, status: 422 },
  AGENT_LIMIT_EXCEEDED: { number: 2003, recoverable: true, status: 409 },
  COMMAND_TIMEOUT: { number: 2004, name003: 'AGENT_COMMAND_TIMEOUT', recoverable: true, status: 504 },
  AGENT_OFFLINE: { number: 2005, recoverable: true, status: 409 },
  QUEUE_FULL: { number: 2006, recoverable: true, status: 429 },
  COMMAND_NOT_FOUND: { number: 2007, recoverable: false, status: 404 },
  HOST_OFFLINE: { number: 2008, recoverable: true, status: 409 },
  AGENT_EXISTS: { number: 2009, recoverable: false, status: 409 },
  INVALID_STATE: { number: 2010, recoverable: true, status: 409 },
  COMMAND_LOST: { number: 2011, recoverable: false, status: 410 },
  CONVERSATION_NOT_FOUND: { number: 2012, recoverable: false, status: 404 },
  PERMISSION_NOT_FOUND: { number: 2013, recoverable: false, status: 404 },
  SUBSCRIPTION_NOT_FOUND: { number: 2014, recoverable: false, status: 404 },
  /** A member, a session, an invitation, a token: what has no code of its own. */
  NOT_FOUND: { number: 2015, recoverable: false, status: 404 },
  RESOURCE_EXHAUSTED: { number: 3001, recoverable: true, status: 503 },
  SERVICE_UNAVAILABLE: { number: 3002, recoverable: true, status: 503 },
  INTERNAL_ERROR: { number: 3003, recoverable: true, status: 500 },
  INVALID_MESSAGE: { number: 4001, recoverable: true, status: 400 },
  UNSUPPORTED_TYPE: { number: 4002, recoverable: true, status: 400 },
  RATE_LIMIT: { number: 4003, name003: 'RATE_LIMIT_EXCEEDED', recoverable: true, status: 429, close: 4429 },
  MESSAGE_TOO_LARGE: { number: 4004, recoverable: true, status: 413, close: 1009 },
  UNSUPPORTED_VERSION: { number: 4005, recoverable: false, status: 400, close: 4426 },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
const CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
export const ErrorCodeSchema = z.enum(CODES);

/** The row of a code, with every column readable. */
export function errorRow(code: ErrorCode): ErrorRow {
  return ERRORS[code];
}

const DetailValueSchema = z.union([z.string().max(LIMITS.textChars), z.number(), z.boolean(), z.null()]);

/** An error on the wire. `details.field` names the field that was refused. */
export const WireErrorSchema = z.object({
  code: ErrorCodeSchema,
  number: z.number().int(),
  message: z.string().max(LIMITS.textChars),
  recoverable: z.boolean(),
  details: recordOf(z.string().max(64), DetailValueSchema, LIMITS.recordEntries).optional(),
});
export type WireError = z.infer<typeof WireErrorSchema>;
export type ErrorDetails = NonNullable<WireError['details']>;

/** Builds the wire form of a refusal from its code; `message` names the field and the rule that failed. */
export function wireError(code: ErrorCode, message: string, details?: ErrorDetails): WireError {
  const { number, recoverable } = ERRORS[code];
  const text = message.slice(0, LIMITS.textChars);
  return details === undefined
    ? { code, number, message: text, recoverable }
    : { code, number, message: text, recoverable, details };
}

/** Close codes that are not an error's own (M9; N2; S8). 4400–4449 are terminal for that client. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  restart: 1012,
  tryAgainLater: 1013,
  badFrame: 4400,
  unauthenticated: 4401,
  /** X4: the host's key is no longer good. */
  revoked: 4403,
  notFound: 4404,
  tooSlow: 4408,
  superseded: 4409,
  tooOld: 4426,
  rateLimited: 4429,
} as const;

/** The close code of a refused dial. A client that was only rate limited may come back: 4429 is for one that sends too much. */
export function refusalClose(code: ErrorCode): number {
  return code === 'RATE_LIMIT' ? CLOSE.tryAgainLater : (errorRow(code).close ?? CLOSE.badFrame);
}

/**
 * True when a client must not come back as it is. One that was too slow (S8) hears of it when it reads again: then
 * it is not, as the laptop that was opened again.
 */
export function isTerminalClose(code: number): boolean {
  return code >= 4400 && code <= 4449 && code !== CLOSE.tooSlow;
}
