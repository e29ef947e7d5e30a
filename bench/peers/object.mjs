import { DurableObject } from 'cloudflare:workers';

/** As ws-relay.ts, as a Durable Object with hibernating sockets. */
export class Relay extends DurableObject {
  fetch(request) {
    const pair = new WebSocketPair();
    this.ctx.acceptWebSocket(pair[1], [new URL(request.url).pathname]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  webSocketMessage(socket, message) {
    const [role] = this.ctx.getTags(socket);
    if (role === '/echo') return socket.send(message);
    for (const other of this.ctx.getWebSockets(role === '/host' ? '/viewer' : '/host')) other.send(message);
  }
}

export default {
  fetch: (request, env) => env.RELAY.get(env.RELAY.idFromName('relay')).fetch(request),
};
