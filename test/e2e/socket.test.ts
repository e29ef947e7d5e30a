import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startMuster } from '../harness/muster.ts';

describe('a socket through the dashboard to the lobby', () => {
  it('[G1] is given muster.v1, and no compression even when it offers it', async () => {
    await using muster = await startMuster({ runner: false });
    const url = `${muster.url.replace('http', 'ws')}/ws/dashboard`;
    const headers = { authorization: `Bearer ${muster.token}` };
    const socket = new WebSocket(url, ['muster.v1'], { headers, perMessageDeflate: true });
    const first = once(socket, 'message');
    await once(socket, 'open');
    expect(socket.protocol).toBe('muster.v1');
    expect(socket.extensions).toBe('');
    expect(JSON.parse(String((await first)[0]))).toMatchObject({ type: 'connection:ack' });
    socket.close();
    await once(socket, 'close');
  });

  it('[G3] is refused without a good token', async () => {
    await using muster = await startMuster({ runner: false });
    const socket = new WebSocket(`${muster.url.replace('http', 'ws')}/ws/dashboard?token=x`, ['muster.v1']);
    const [end] = await Promise.race([once(socket, 'error'), once(socket, 'close')]);
    expect(String(end)).toMatch(/401|4401/);
  });
});
