import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A foreign page, on a server of its own. Use with `await using`. */
export class ForeignSite implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(html: string): Promise<ForeignSite> {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(html);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ForeignSite(server);
  }

  /** On this name of this machine; to a browser each is another origin, and only those of one name another site. */
  urlAt(host: '127.0.0.1' | 'localhost'): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://${host}:${port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
