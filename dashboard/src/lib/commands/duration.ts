import { err, LIMITS, ok, type Result } from '@muster/protocol';
import { duration } from '../agents/format.ts';

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const PART = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g;

/** A span of time as a person types it, in ms: `90s`, `5m`, `1h 30m`; a bare number is seconds; empty: null, no limit. */
export function parseDuration(typed: string): Result<number | null, string> {
  const text = typed.trim().toLowerCase();
  if (text === '') return ok(null);
  const written = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
  if (written.replace(PART, '').trim() !== '') return err('is written as 90s, 5m or 1h 30m');
  const parts = [...written.matchAll(PART)].map(
    ([, count, unit]) => Number(count) * (UNITS_MS[unit ?? 's'] ?? 0),
  );
  const ms = Math.round(parts.reduce((sum, part) => sum + part, 0));
  if (ms < 1) return err('must be more than nothing');
  if (ms > LIMITS.commandTimeout) return err(`must be at most ${duration(LIMITS.commandTimeout)}`);
  return ok(ms);
}

const TENTHS_MS = 10_000;
const SHORT_MS = 100;

/** How long something ran: `34ms`, then to the tenth while that is seen, `0.4s`, `8.2s`, then `42s`, `3m 05s`. */
export function formatDuration(ms: number): string {
  const at = Math.max(0, ms);
  if (at > 0 && at < SHORT_MS) return `${Math.ceil(at)}ms`;
  return at < TENTHS_MS ? `${(Math.floor(at / 100) / 10).toFixed(1)}s` : duration(at);
}
