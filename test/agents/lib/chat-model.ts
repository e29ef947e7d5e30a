import * as z from 'zod';
import { type Answer, type Dialect, type ModelRequest, ScriptedModel } from './scripted-model.ts';

/** Of each answer: so that what an agent tells of its cost can be foreseen. */
export const CHAT_TOKENS = { input: 1_000, output: 100 };
/** Characters of each piece of a stream. */
const PIECE_CHARS = 7;

const ContentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string().optional() })),
  z.null(),
]);
const RequestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: ContentSchema.default(null) })),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).default([]),
});

function textOf(content: z.infer<typeof ContentSchema>): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('\n');
}

/** What a request holds: `said`: the texts of one role, oldest first; `tools`: what the model may call. */
export function chatOf({ body }: ModelRequest) {
  const { messages, tools } = RequestSchema.parse(body);
  return {
    said: (role: string) =>
      messages.filter((message) => message.role === role).map(({ content }) => textOf(content)),
    tools: tools.map((tool) => tool.function.name),
  };
}

const data = (json: object) => `data: ${JSON.stringify(json)}`;
const pieces = (text: string) => text.match(new RegExp(`[^]{1,${PIECE_CHARS}}`, 'g')) ?? [];

class ChatAnswer implements Answer {
  readonly #model: string;
  #calls = 0;

  constructor(model: string) {
    this.#model = model;
  }

  head(): string[] {
    return [this.#delta({ role: 'assistant', content: '' })];
  }

  say(said: Parameters<Answer['say']>[0]): string[] {
    if ('thought' in said)
      return pieces(said.thought).map((reasoning_content) => this.#delta({ reasoning_content }));
    if ('text' in said) return pieces(said.text).map((content) => this.#delta({ content }));
    const index = this.#calls;
    this.#calls += 1;
    const id = `call_${crypto.randomUUID()}`;
    const head = { index, id, type: 'function', function: { name: said.tool, arguments: '' } };
    const inputs = pieces(JSON.stringify(said.input));
    const rest = inputs.map((piece) => ({ index, function: { arguments: piece } }));
    return [head, ...rest].map((call) => this.#delta({ tool_calls: [call] }));
  }

  end(): string[] {
    const { input, output } = CHAT_TOKENS;
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    const last = this.#delta({}, this.#calls > 0 ? 'tool_calls' : 'stop');
    return [last, this.#chunk({ choices: [], usage }), 'data: [DONE]'];
  }

  #delta(delta: object, finish_reason: string | null = null): string {
    return this.#chunk({ choices: [{ index: 0, delta, finish_reason }] });
  }

  #chunk(fields: object): string {
    return data({ id: 'chat', object: 'chat.completion.chunk', created: 0, model: this.#model, ...fields });
  }
}

const CHAT: Dialect = {
  speaks: (path) => path === '/v1/chat/completions',
  texts: (body) => RequestSchema.parse(body).messages.map(({ content }) => textOf(content)),
  isTurn: (body) => RequestSchema.parse(body).tools.length > 0,
  begin: (body) => new ChatAnswer(RequestSchema.parse(body).model),
  error: (_, message) => ({ error: { message, type: 'invalid_request_error' } }),
};

/** A model that is asked by OpenAI's chat completions. */
export const startChatModel = (): Promise<ScriptedModel> => new ScriptedModel(CHAT).start();
