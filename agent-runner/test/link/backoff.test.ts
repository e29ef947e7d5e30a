import { describe, expect, test } from 'vitest';
import { socketAddress } from '../../src/link/address.ts';
import { retryDelay, slowDelay } from '../../src/link/backoff.ts';

test('[M9] retries after 0–500 ms, then 1, 2, 4, 8, 16, 30 s ± 20 %', () => {
  expect([retryDelay(1, 0), retryDelay(1, 0.999)]).toEqual([0, 499.5]);
  const steps = [1, 2, 4, 8, 16, 30, 30, 30];
  for (const [index, seconds] of steps.entries()) {
    expect(retryDelay(index + 2, 0)).toBeCloseTo(seconds * 800);
    expect(retryDelay(index + 2, 0.5)).toBeCloseTo(seconds * 1_000);
    expect(retryDelay(index + 2, 1)).toBeCloseTo(seconds * 1_200);
  }
  expect(slowDelay(0.5)).toBe(30_000);
});

describe('[X11] an address', () => {
  test.each([
    ['https://muster.example', 'wss://muster.example/ws/runner'],
    ['http://127.0.0.1:8080', 'ws://127.0.0.1:8080/ws/runner'],
    ['http://localhost:1', 'ws://localhost:1/ws/runner'],
    ['http://[::1]:1', 'ws://[::1]:1/ws/runner'],
  ])('of %s is %s', (server, address) => {
    expect(socketAddress(server, '/ws/runner')).toBe(address);
  });

  test.each(['http://muster.example', 'http://127.0.0.1.example', 'ftp://localhost'])(
    'of %s is refused',
    (server) => {
      expect(() => socketAddress(server, '/ws/runner')).toThrow('server:');
    },
  );
});
