import { DurableObject } from 'cloudflare:workers';

const PORTION = new Uint8Array(256 * 1024);

/** Gives so many bytes at once, from memory and in portions as large as a room's: what the runtime alone takes. */
function pour(socket, bytes) {
  for (let left = bytes; left > 0; left -= PORTION.length) socket.send(PORTION.subarray(0, left));
}

/** As ws-relay.ts, as a Durable Object with hibernating sockets. */
export class Relay extends DurableObject {
  fetch(request) {
    const pair = new WebSocketPair();
    const { pathname, searchParams } = new URL(request.url);
    this.ctx.acceptWebSocket(pair[1], [pathname]);
    if (pathname === '/pour') pour(pair[1], Number(searchParams.get('bytes')));
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  webSocketMessage(socket, message) {
    const [role] = this.ctx.getTags(socket);
    if (role === '/echo') return socket.send(message);
    for (const other of this.ctx.getWebSockets(role === '/host' ? '/viewer' : '/host')) other.send(message);
  }
}

export default {
  fetch(request, env) {
    const room = new URL(request.url).searchParams.get('room') ?? 'relay';
    return env.RELAY.get(env.RELAY.idFromName(room)).fetch(request);
  },
};
