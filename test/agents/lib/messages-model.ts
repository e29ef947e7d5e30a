import * as z from 'zod';
import { type Answer, type Dialect, ScriptedModel } from './scripted-model.ts';

/** Of each answer: so that what an agent tells of its cost can be foreseen. */
export const TOKENS = { input: 1_000, output: 100 };

const ContentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);
const RequestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: ContentSchema })),
  tools: z.array(z.unknown()).default([]),
});

const event = (data: { readonly type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}`;

function textOf(content: z.infer<typeof ContentSchema>): string {
  if (typeof content === 'string') return content;
  return content.map((block) => block.text ?? '').join('\n');
}

type Delta = { readonly type: string } & Record<string, unknown>;

class MessagesAnswer implements Answer {
  readonly #model: string;
  #index = -1;
  #usesTool = false;

  constructor(model: string) {
    this.#model = model;
  }

  head(): string[] {
    const usage = { input_tokens: TOKENS.input, output_tokens: 1 };
    const message = {
      id: `msg_${crypto.randomUUID()}`,
      type: 'message',
      role: 'assistant',
      model: this.#model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    };
    return [event({ type: 'message_start', ...{ message } })];
  }

  say(said: Parameters<Answer['say']>[0]): string[] {
    if ('thought' in said)
      return this.#block({ type: 'thinking', thinking: '', signature: '' }, [
        ...halves(said.thought).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: 'c2lnbmVk' },
      ]);
    if ('text' in said)
      return this.#block(
        { type: 'text', text: '' },
        halves(said.text).map((text) => ({ type: 'text_delta', text })),
      );
    this.#usesTool = true;
    const id = `toolu_${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`;
    const inputs = halves(JSON.stringify(said.input));
    return this.#block(
      { type: 'tool_use', id, name: said.tool, input: {} },
      inputs.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    );
  }

  end(): string[] {
    const stop_reason = this.#usesTool ? 'tool_use' : 'end_turn';
    const delta = { stop_reason, stop_sequence: null };
    const usage = { output_tokens: TOKENS.output };
    return [event({ type: 'message_delta', ...{ delta, usage } }), event({ type: 'message_stop' })];
  }

  #block(content_block: object, deltas: readonly Delta[]): string[] {
    this.#index += 1;
    const index = this.#index;
    return [
      event({ type: 'content_block_start', ...{ index, content_block } }),
      ...deltas.map((delta) => event({ type: 'content_block_delta', ...{ index, delta } })),
      event({ type: 'content_block_stop', ...{ index } }),
    ];
  }
}

/** A model streams: what it says comes in two pieces. */
const halves = (text: string) => {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
};

const MESSAGES: Dialect = {
  speaks: (path) => path === '/v1/messages',
  texts: (body) => RequestSchema.parse(body).messages.map(({ content }) => textOf(content)),
  isTurn: (body) => RequestSchema.parse(body).tools.length > 0,
  begin: (body) => new MessagesAnswer(RequestSchema.parse(body).model),
  error: (status, message) => ({
    type: 'error',
    error: { type: status === 529 ? 'overloaded_error' : 'invalid_request_error', message },
  }),
  other: (path) => (path === '/v1/messages/count_tokens' ? { input_tokens: TOKENS.input } : null),
};

/** A model that is asked by Anthropic's Messages API. */
export const startMessagesModel = (): Promise<ScriptedModel> => new ScriptedModel(MESSAGES).start();
