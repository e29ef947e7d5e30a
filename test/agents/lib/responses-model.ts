import * as z from 'zod';
import { type Answer, type Dialect, ScriptedModel } from './scripted-model.ts';

const RequestSchema = z.looseObject({
  input: z.array(
    z.looseObject({
      role: z.string().optional(),
      content: z.array(z.looseObject({ text: z.string().optional() })).nullish(),
    }),
  ),
  tools: z.array(z.unknown()).default([]),
});
const USAGE = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 100,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 1_100,
};

const event = (data: { readonly type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}`;
const newId = (kind: string) => `${kind}_${crypto.randomUUID().replaceAll('-', '')}`;

class ResponsesAnswer implements Answer {
  readonly #id = newId('resp');
  #index = -1;

  head(): string[] {
    return [event({ type: 'response.created', ...{ response: { id: this.#id } } })];
  }

  say(said: Parameters<Answer['say']>[0]): string[] {
    this.#index += 1;
    if ('thought' in said) return this.#thought(said.thought);
    if ('text' in said) return this.#text(said.text);
    const call = { type: 'function_call', id: newId('fc'), call_id: newId('call'), name: said.tool };
    return [this.#item('done', { ...call, arguments: JSON.stringify(said.input) })];
  }

  end(): string[] {
    const response = { id: this.#id, usage: USAGE };
    return [event({ type: 'response.completed', ...{ response } })];
  }

  #thought(thought: string): string[] {
    const item = { type: 'reasoning', id: newId('rs') };
    const where = { item_id: item.id, output_index: this.#index, summary_index: 0 };
    return [
      this.#item('added', { ...item, summary: [] }),
      event({ type: 'response.reasoning_summary_part.added', ...where }),
      event({ type: 'response.reasoning_summary_text.delta', ...{ ...where, delta: thought } }),
      this.#item('done', { ...item, summary: [{ type: 'summary_text', text: thought }] }),
    ];
  }

  #text(text: string): string[] {
    const item = { type: 'message', id: newId('msg'), role: 'assistant' };
    const where = { item_id: item.id, output_index: this.#index, content_index: 0 };
    const middle = Math.ceil(text.length / 2);
    return [
      this.#item('added', { ...item, content: [] }),
      ...[text.slice(0, middle), text.slice(middle)].map((delta) =>
        event({ type: 'response.output_text.delta', ...{ ...where, delta } }),
      ),
      this.#item('done', { ...item, content: [{ type: 'output_text', text }] }),
    ];
  }

  #item(what: 'added' | 'done', item: object): string {
    return event({ type: `response.output_item.${what}`, ...{ output_index: this.#index, item } });
  }
}

const RESPONSES: Dialect = {
  speaks: (path) => path === '/v1/responses',
  isTurn: (body) => RequestSchema.parse(body).tools.length > 0,
  texts: (body) =>
    RequestSchema.parse(body).input.map(({ content }) =>
      (content ?? []).map(({ text = '' }) => text).join('\n'),
    ),
  begin: () => new ResponsesAnswer(),
  error: (_, message) => ({ error: { message, type: 'invalid_request_error', code: null } }),
};

/** A model that is asked by OpenAI's Responses API. */
export const startResponsesModel = (): Promise<ScriptedModel> => new ScriptedModel(RESPONSES).start();
