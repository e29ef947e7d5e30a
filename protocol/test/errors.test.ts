import { describe, expect, it } from 'vitest';
import {
  CLOSE,
  ERRORS,
  type ErrorCode,
  ErrorCodeSchema,
  errorRow,
  isTerminalClose,
  LIMITS,
  refusalClose,
  WireErrorSchema,
  wireError,
} from '../src/index.ts';

const CODES = ErrorCodeSchema.options;

describe('errors', () => {
  it('have the numbers of the design, each its own', () => {
    const numbers = CODES.map((code) => errorRow(code).number);
    expect(new Set(numbers).size).toBe(CODES.length);
    expect(numbers).toEqual([
      1001, 1002, 1003, 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010, 2011, 2012, 2013, 2014,
      2015, 3001, 3002, 3003, 4001, 4002, 4003, 4004, 4005,
    ]);
  });

  it('of seed 004 are recoverable as its table says', () => {
    const table: Partial<Record<ErrorCode, boolean>> = {
      AUTH_FAILED: false,
      AGENT_OFFLINE: true,
      COMMAND_TIMEOUT: true,
      QUEUE_FULL: true,
      INVALID_MESSAGE: true,
      RATE_LIMIT: true,
    };
    for (const [code, recoverable] of Object.entries(table))
      expect([code, ERRORS[ErrorCodeSchema.parse(code)].recoverable]).toEqual([code, recoverable]);
  });

  it.each(CODES)('%s has a status a client understands, and its wire form passes its own schema', (code) => {
    const { status, close } = errorRow(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    if (close !== undefined && close !== 1009) expect(isTerminalClose(close)).toBe(true);
    const wire = wireError(code, 'x'.repeat(LIMITS.textChars + 1), { field: 'f', retryAfter: 1 });
    expect(WireErrorSchema.parse(wire)).toEqual(wire);
    expect(wire.message).toHaveLength(LIMITS.textChars);
  });

  it('[L] a rate-limited client may come back, one refused for another reason may not', () => {
    expect(isTerminalClose(refusalClose('RATE_LIMIT'))).toBe(false);
    expect(
      ['AUTH_FAILED', 'AGENT_NOT_FOUND', 'INVALID_MESSAGE'].map((code) => refusalClose(code as ErrorCode)),
    ).toEqual([4401, 4404, 4400]);
  });

  it('[M9] close codes 4400–4449 are terminal, others and 4408 mean come back', () => {
    for (const code of [1000, 1001, 1006, 1012, 1013, 4399, CLOSE.tooSlow, 4450])
      expect(isTerminalClose(code)).toBe(false);
    for (const code of [4400, 4401, 4404, 4407, 4409, 4426, 4429, 4449])
      expect(isTerminalClose(code)).toBe(true);
    const own = Object.values(CLOSE).filter((code) => code >= 4000 && code !== CLOSE.tooSlow);
    expect(own.every(isTerminalClose)).toBe(true);
  });
});
