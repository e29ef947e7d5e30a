import { expect, test } from 'vitest';
import { BLOCK_NOTES, blockOf } from '../../src/lib/driving/blocked.ts';

const running = { status: 'running', connection: 'online' } as const;

test('what cannot be sent is not taken: without a server, a host, or a program', () => {
  expect(blockOf('connected', running)).toBeNull();
  expect(blockOf('connecting', undefined)).toBeNull();
  expect(blockOf('reconnecting', running)).toBe('server');
  expect(blockOf('disconnected', undefined)).toBe('server');
  expect(blockOf('connected', { ...running, connection: 'offline' })).toBe('host');
  expect(blockOf('connected', { ...running, status: 'crashed' })).toBe('ended');
  expect(blockOf('connected', { ...running, status: 'paused' })).toBeNull();
  expect(new Set(Object.values(BLOCK_NOTES)).size).toBe(3);
});
