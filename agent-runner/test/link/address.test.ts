import { describe, expect, test } from 'vitest';
import { socketAddress } from '../../src/link/address.ts';

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
