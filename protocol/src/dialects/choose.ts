import * as z from 'zod';
import { type WireError, wireError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';

/** The wire formats of plain sockets, by the seed document each comes from. */
export type Dialect = '000' | '001' | '003' | '004';

/** Those this server speaks. */
export const SPOKEN_DIALECTS: readonly Dialect[] = ['004'];

const SESSION_TYPES = /^(?:session_.*|chat_message|typing)$/;
const FrameSchema = z.object({
  type: z.string().optional(),
  payload: z.unknown().optional(),
  timestamp: z.unknown().optional(),
});

/**
 * G2: the dialect of a plain socket. `firstFrame` is the client's first text where address and query leave it
 * open; null: it is needed and not there yet.
 */
export function chooseDialect(path: string, query: URLSearchParams, firstFrame?: string): Dialect | null {
  if (path.startsWith('/ws/agents/')) return '000';
  if (path === '/ws/dashboard') return '004';
  const asked = query.get('dialect');
  if (asked === '001' || asked === '003') return asked;
  return firstFrame === undefined ? null : dialectOfFrame(firstFrame);
}

function dialectOfFrame(text: string): Dialect {
  const frame = FrameSchema.safeParse(jsonOrNull(text));
  if (!frame.success) return '001';
  const { type, payload, timestamp } = frame.data;
  if (type !== undefined && SESSION_TYPES.test(type)) return '001';
  return type === 'auth' || payload !== undefined || typeof timestamp === 'number' ? '003' : '001';
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Refuses what is not spoken, in words a client's author can act on. */
export function spokenDialect(dialect: Dialect): Result<Dialect, WireError> {
  if (SPOKEN_DIALECTS.includes(dialect)) return ok(dialect);
  const text = `this server does not speak the wire format of seed ${dialect}; use /ws/dashboard, or offer muster.v1`;
  return err(wireError('UNSUPPORTED_VERSION', text));
}
