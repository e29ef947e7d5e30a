import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

/** What a model says, in order, in one answer. */
export type Part =
  | { readonly say: string }
  | { readonly think: string }
  | { readonly call: string; readonly input: object };

/** One answer. `hangs`: it never ends by itself. */
export type Reply =
  | { readonly parts: readonly Part[]; readonly hangs?: boolean }
  | { readonly status: number; readonly error: string };

export const say = (...texts: string[]): Reply => ({ parts: texts.map((text) => ({ say: text })) });
export const call = (name: string, input: object, ...before: Part[]): Reply => ({
  parts: [...before, { call: name, input }],
});

const TextSchema = z.union([
  z.string(),
  z.array(z.object({ text: z.string().optional() })).transform((all) => all.map(({ text = '' }) => text).join('')),
]);
const ChatRequestSchema = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: TextSchema.nullish() })),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).optional(),
});
export type ChatRequest = z.infer<typeof ChatRequestSchema>;

/** Tokens of each answer: with the prices of `opencodeHome` they cost 0.0045 USD. */
export const USAGE = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };
/** Said to a request without tools, which is for the title of a session. */
export const TITLE = 'A scripted title';
/** Characters of each piece of a stream. */
const PIECE_CHARS = 7;

/** A model on loopback that speaks OpenAI's chat completions and says what a test wrote for it. */
export class ChatModel implements AsyncDisposable {
  readonly #server: Server;
  readonly #scripts = new Map<string, readonly Reply[]>();
  /** Those of turns, oldest first; a title's are not among them. */
  readonly requests: ChatRequest[] = [];
  /** Why an agent was not answered as a test wrote it. */
  readonly faults: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<ChatModel> {
    const server = createServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    return new ChatModel(server);
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/v1`;
  }

  /** What is answered when a member says `prompt`: first, and after each result of a tool. */
  script(prompt: string, ...replies: Reply[]): void {
    this.#scripts.set(prompt, replies);
  }

  /** The text of the messages of one role in the newest request. */
  heard(role: string): string[] {
    const messages = this.requests.at(-1)?.messages ?? [];
    return messages.filter((message) => message.role === role).map(({ content }) => content ?? '');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = ChatRequestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    if ((body.tools ?? []).length === 0) return stream(response, say(TITLE));
    this.requests.push(body);
    stream(response, this.#replyTo(body));
  }

  #replyTo({ messages }: ChatRequest): Reply {
    const at = messages.findLastIndex(({ role, content }) => role === 'user' && this.#scripts.has(content ?? ''));
    const prompt = messages[at]?.content ?? '';
    const step = messages.slice(at + 1).filter(({ role }) => role === 'assistant').length;
    const reply = this.#scripts.get(prompt)?.[step];
    if (reply !== undefined) return reply;
    const fault = `nothing is written for answer ${step} to ${JSON.stringify(messages.slice(at).slice(-3))}`;
    this.faults.push(fault);
    return say(fault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}

function stream(response: ServerResponse, reply: Reply): void {
  if ('error' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: reply.error, type: 'invalid_request_error' } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const write = (fields: object) =>
    response.write(`data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'm', ...fields })}\n\n`);
  const delta = (fields: object, finish: string | null = null) =>
    write({ choices: [{ index: 0, delta: fields, finish_reason: finish }] });
  delta({ role: 'assistant', content: '' });
  const calls = reply.parts.filter((part) => 'call' in part);
  for (const part of reply.parts) for (const fields of deltasOf(part, calls)) delta(fields);
  if (reply.hangs === true) return;
  delta({}, calls.length > 0 ? 'tool_calls' : 'stop');
  write({ choices: [], usage: USAGE });
  response.end('data: [DONE]\n\n');
}

let callsMade = 0;
function deltasOf(part: Part, calls: readonly Part[]): object[] {
  if ('say' in part) return pieces(part.say).map((content) => ({ content }));
  if ('think' in part) return pieces(part.think).map((text) => ({ reasoning_content: text }));
  callsMade += 1;
  const index = calls.indexOf(part);
  const head = { index, id: `call_${callsMade}`, type: 'function', function: { name: part.call, arguments: '' } };
  const rest = pieces(JSON.stringify(part.input)).map((text) => ({ index, function: { arguments: text } }));
  return [head, ...rest].map((tool) => ({ tool_calls: [tool] }));
}

function pieces(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${PIECE_CHARS}}`, 'g')) ?? [];
}
