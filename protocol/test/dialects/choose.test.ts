import { describe, expect, it } from 'vitest';
import { chooseDialect, SPOKEN_DIALECTS, spokenDialect } from '../../src/index.ts';

const none = new URLSearchParams();
const first = (frame: unknown) => chooseDialect('/ws', none, JSON.stringify(frame));

describe('the dialect of a plain socket', () => {
  it('[G2] follows the address where that names one', () => {
    expect(chooseDialect('/ws/agents/bash', none)).toBe('000');
    expect(chooseDialect('/ws/dashboard', new URLSearchParams('dialect=001'))).toBe('004');
    expect(chooseDialect('/ws', new URLSearchParams('dialect=001'), '{"type":"auth"}')).toBe('001');
    expect(chooseDialect('/ws', new URLSearchParams('dialect=003'))).toBe('003');
  });

  it('[G2] on /ws waits for the first frame', () => {
    expect(chooseDialect('/ws', none)).toBeNull();
    expect(chooseDialect('/ws', new URLSearchParams('dialect=999'))).toBeNull();
  });

  it.each([
    ['001', { type: 'session_create', data: {} }],
    ['001', { type: 'session_join', payload: {}, timestamp: 1 }],
    ['001', { type: 'chat_message', timestamp: 5 }],
    ['001', { type: 'typing', payload: {} }],
    ['003', { type: 'auth', token: 't' }],
    ['003', { type: 'anything', payload: {} }],
    ['003', { type: 'ping', timestamp: 1_737_000_000_000 }],
    ['001', { type: 'ping', timestamp: '2025-01-01T00:00:00Z' }],
    ['001', { type: 'ping' }],
    ['001', 'text'],
    ['001', null],
  ])('[G2] is %s after the first frame %j', (dialect, frame) => {
    expect(first(frame)).toBe(dialect);
  });

  it('[G2] is 001 after what is not JSON', () => {
    expect(chooseDialect('/ws', none, 'hello')).toBe('001');
  });

  it('[G2] one that is not spoken is refused in words', () => {
    expect(SPOKEN_DIALECTS.map((dialect) => spokenDialect(dialect).ok)).toEqual(
      SPOKEN_DIALECTS.map(() => true),
    );
    const refused = spokenDialect('000');
    expect(refused).toMatchObject({ ok: false, error: { code: 'UNSUPPORTED_VERSION' } });
    if (!refused.ok) expect(refused.error.message).toContain('seed 000');
  });
});
