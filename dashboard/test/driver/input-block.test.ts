import { expect, test } from 'vitest';
import { BLOCK_NOTES, inputBlockOf } from '../../src/lib/driver/input-block.ts';

const running = { status: 'running', connection: 'online' } as const;

test('what cannot be sent is not taken: without a server, a host, or a program', () => {
  expect(inputBlockOf('connected', running)).toBeNull();
  expect(inputBlockOf('connecting', undefined)).toBeNull();
  expect(inputBlockOf('reconnecting', running)).toBe('server');
  expect(inputBlockOf('disconnected', undefined)).toBe('server');
  expect(inputBlockOf('connected', { ...running, connection: 'offline' })).toBe('host');
  expect(inputBlockOf('connected', { ...running, status: 'crashed' })).toBe('ended');
  expect(inputBlockOf('connected', { ...running, status: 'paused' })).toBeNull();
  expect(new Set(Object.values(BLOCK_NOTES)).size).toBe(3);
});
