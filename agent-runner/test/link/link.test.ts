import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Link, type LinkTiming, type Ticket, WAIT_CODES } from '../../src/link/link.ts';
import { firstBytes, ONLY_TLS_1_3 } from '../support/tls.ts';

let http: Server;
let sockets: WebSocketServer;
let dials: { socket: WebSocket; authorization: string | undefined; protocol: string }[];
let link: Link;
const heard: string[] = [];
const none: ReadonlySet<number> = new Set();

beforeEach(async () => {
  dials = [];
  heard.length = 0;
  http = createServer();
  sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket, request) => {
    dials.push({ socket, authorization: request.headers.authorization, protocol: socket.protocol });
    socket.on('message', (data) => heard.push(String(data)));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
});
afterEach(async () => {
  await link.close(100);
  for (const socket of sockets.clients) socket.terminate();
  http.close();
});

/** Dials with the shortest backoff there is; resolves its events as a list. */
function dial(timing?: LinkTiming, token = () => 'secret', random = 0, ticket?: Ticket): string[] {
  const events: string[] = [];
  const address = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  const options = {
    address,
    token,
    finalCodes: new Set([4409]),
    waitAfter: WAIT_CODES,
    random: () => random,
  };
  const given = {
    ...options,
    ...(timing === undefined ? {} : { timing }),
    ...(ticket === undefined ? {} : { ticket }),
  };
  link = new Link(given, {
    opened: () => events.push('opened'),
    text: (text) => events.push(text),
    lost: () => events.push('lost'),
    refused: (code) => events.push(`refused ${code}`),
    rejected: (code, reason) => events.push(`turned away ${code} ${reason}`),
  });
  link.dial();
  return events;
}
const connection = () => once(sockets, 'connection');

test('[G1] offers muster.v1, and its token in the header only', async () => {
  dial();
  await connection();
  expect(dials[0]).toMatchObject({ authorization: 'Bearer secret', protocol: 'muster.v1' });
});

test('sends bytes as they are, without a copy of its own to mask', async () => {
  const events = dial();
  const [, request] = await connection();
  await vi.waitFor(() => expect(events).toEqual(['opened']));
  const frame = once(request.socket, 'data');
  link.sendBytes(new Uint8Array([1, 2, 3]), () => {});
  expect(Buffer.from((await frame)[0])).toEqual(Buffer.from([0x82, 0x83, 0, 0, 0, 0, 1, 2, 3]));
});

test('comes back after a close, with the token as it is then', async () => {
  let token = 'old';
  const events = dial(undefined, () => token);
  await connection();
  token = 'new';
  dials[0]?.socket.close(1012);
  await connection();
  expect(dials[1]?.authorization).toBe('Bearer new');
  await expect.poll(() => events).toEqual(['opened', 'lost', 'opened']);
});

test('[X14] brings the ticket that the answer to its last dial had, and dials without one', async () => {
  let kept: string | null = null;
  const brought: unknown[] = [];
  sockets.on('headers', (headers, request) => {
    brought.push(request.headers['muster-ticket']);
    if (brought.length < 3) headers.push(`muster-ticket: ticket-${brought.length}`);
  });
  dial(undefined, undefined, 0, { read: () => kept, save: (ticket) => (kept = ticket) });
  await connection();
  for (const index of [0, 1]) {
    dials[index]?.socket.close(1012);
    await connection();
  }
  expect(brought).toEqual([undefined, 'ticket-1', 'ticket-2']);
});

test('[N2] does not come back after a final close', async () => {
  const events = dial();
  await connection();
  dials[0]?.socket.close(4409);
  await expect.poll(() => events).toEqual(['opened', 'lost', 'refused 4409']);
});

test('[X4] waits after its key was revoked, and dials on retryNow', async () => {
  const events = dial();
  await connection();
  dials[0]?.socket.close(4403, 'revoked');
  await expect.poll(() => events).toEqual(['opened', 'lost', 'turned away 4403 revoked']);
  const again = connection();
  link.retryNow();
  await again;
  expect(dials).toHaveLength(2);
});

test('[X4] told to dial while a dial with the old key is under way, it dials again', async () => {
  sockets.once('headers', () => link.retryNow());
  const events = dial();
  await connection();
  const again = connection();
  dials[0]?.socket.close(4403, 'revoked');
  await again;
  dials[1]?.socket.close(4403, 'revoked');
  const refused = ['opened', 'lost', 'turned away 4403 revoked'];
  await expect.poll(() => events).toEqual([...refused, ...refused]);
  expect(dials).toHaveLength(2);
});

test('[X11] offers TLS 1.3 and nothing older', async () => {
  const offer = await firstBytes((port) => {
    const options = {
      address: `wss://127.0.0.1:${port}/`,
      token: () => 's',
      finalCodes: none,
      waitAfter: none,
    };
    const events = { opened() {}, text() {}, lost() {}, refused() {}, rejected() {} };
    link = new Link({ ...options, random: () => 0 }, events);
    link.dial();
  });
  expect(offer.includes(ONLY_TLS_1_3)).toBe(true);
});

test('[H1] pings, keeps its pongs to itself, and redials after silence', async () => {
  const events = dial({ pingEvery: 20, deadAfter: 60 });
  await connection();
  await expect.poll(() => heard).toContain('ping');
  dials[0]?.socket.send('pong');
  await connection();
  expect(events).toEqual(['opened', 'lost']);
});

test('[S10] reports when bytes were written, and never for a lost socket', async () => {
  const events = dial();
  await connection();
  await expect.poll(() => events).toEqual(['opened']);
  await new Promise<void>((resolve) => link.sendBytes(new Uint8Array(9), resolve));
  dials[0]?.socket.terminate();
  await connection();
  const told: string[] = [];
  link.sendBytes(new Uint8Array(9), () => told.push('while it was opening'));
  await expect.poll(() => events).toEqual(['opened', 'lost', 'opened']);
  await new Promise<void>((resolve) => link.sendBytes(new Uint8Array(9), resolve));
  expect(told).toEqual([]);
});

test('[M9] dials at once on retryNow', async () => {
  const events = dial(undefined, () => 'secret', 0.99);
  const count = (name: string) => events.filter((event) => event === name).length;
  await connection();
  for (let lost = 1; lost <= 3; lost += 1) {
    await vi.waitFor(() => expect(count('opened')).toBe(lost));
    dials.at(-1)?.socket.terminate();
    await vi.waitFor(() => expect(count('lost')).toBe(lost), { interval: 5 });
    const begun = performance.now();
    const next = connection();
    link.retryNow();
    link.retryNow();
    await next;
    // By itself it waits 0.5, 1.2 and 2.4 s.
    expect(performance.now() - begun).toBeLessThan(400);
    expect(dials).toHaveLength(lost + 1);
  }
});
