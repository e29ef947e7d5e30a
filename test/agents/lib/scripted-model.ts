import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { eventually } from './eventually.ts';
import { ModelScript, type Part, type Reply } from './model-script.ts';

/** How one provider's models are asked, and how they answer. */
export interface Dialect {
  /** Whether this request asks the model to speak. */
  readonly speaks: (path: string) => boolean;
  /** What the conversation holds, oldest first. */
  readonly texts: (body: unknown) => readonly string[];
  /** An answer as the provider's events. */
  readonly begin: (body: unknown) => Answer;
  readonly error: (status: number, message: string) => object;
  /** Whether it is the agent's own turn: it also asks for titles and summaries. */
  readonly isTurn: (body: unknown) => boolean;
  /** Answers to what is no turn, such as a list of models. Null: 404. */
  readonly other?: (path: string, body: unknown) => object | null;
}

/** Its events, each as the lines of a server-sent event. */
export interface Answer {
  readonly head: () => readonly string[];
  readonly say: (said: Exclude<Part, { wait: Promise<unknown> }>) => readonly string[];
  readonly end: () => readonly string[];
}

export interface ModelRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A model on loopback that says what a test tells it to. Use with `await using`. */
export class ScriptedModel implements AsyncDisposable {
  readonly script = new ModelScript();
  /** All that was asked of it, oldest first. */
  readonly requests: ModelRequest[] = [];
  readonly #server: Server;
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(asError(error)));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    const { port } = AddressSchema.parse(this.#server.address());
    return `http://127.0.0.1:${port}`;
  }

  /** Resolves when a request to it holds this text. */
  hears(text: string): Promise<void> {
    return eventually(() => {
      if (!this.requests.some(({ body }) => JSON.stringify(body).includes(text)))
        throw new Error(`the model was not told: ${text}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.url).pathname;
    const sent = await text(request);
    const body: unknown = sent === '' ? null : JSON.parse(sent);
    this.requests.push({ path, headers: request.headers, body });
    if (!this.#dialect.speaks(path)) {
      const other = this.#dialect.other?.(path, body) ?? null;
      return sendJson(response, other === null ? 404 : 200, other ?? {});
    }
    const texts = this.#dialect.isTurn(body) ? this.#dialect.texts(body) : [];
    const reply = this.script.next(texts);
    if ('error' in reply)
      return sendJson(response, reply.status, this.#dialect.error(reply.status, reply.error));
    await speak(response, this.#dialect.begin(body), reply);
  }
}

const AddressSchema = z.object({ port: z.number() });
const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function speak(
  response: ServerResponse,
  answer: Answer,
  reply: Exclude<Reply, { error: string }>,
): Promise<void> {
  const send = (events: readonly string[]) => response.write(events.map((event) => `${event}\n\n`).join(''));
  const gone = new Promise<void>((resolve) => response.once('close', resolve));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  send(answer.head());
  for (const said of reply) {
    if ('wait' in said) await Promise.race([said.wait, gone]);
    else send(answer.say(said));
    if (response.destroyed) return;
  }
  send(answer.end());
  response.end();
}
