import * as z from 'zod';
import { type Answer, type Dialect, ScriptedModel } from './scripted-model.ts';

const RequestSchema = z.looseObject({
  contents: z.array(
    z.looseObject({ parts: z.array(z.looseObject({ text: z.string().optional() })).optional() }),
  ),
  tools: z.array(z.unknown()).default([]),
});
const USAGE = { promptTokenCount: 1_000, candidatesTokenCount: 100, totalTokenCount: 1_100 };

const answerOf = (parts: readonly object[], more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
});
const event = (data: object) => `data: ${JSON.stringify(data)}`;

const ANSWER: Answer = {
  head: () => [],
  say: (said) => {
    if ('thought' in said) return [event(answerOf([{ text: said.thought, thought: true }]))];
    if ('tool' in said) return [event(answerOf([{ functionCall: { name: said.tool, args: said.input } }]))];
    const middle = Math.ceil(said.text.length / 2);
    const halves = [said.text.slice(0, middle), said.text.slice(middle)];
    return halves.map((text) => event(answerOf([{ text }])));
  },
  end: () => [event({ ...answerOf([{ text: '' }], { finishReason: 'STOP' }), usageMetadata: USAGE })],
};

/** What asks how hard a task is, and other questions of its own, is answered with one object. */
const ROUTE = { complexity_reasoning: 'It is a test.', complexity_score: 10 };

const GEMINI: Dialect = {
  speaks: (path) => path.endsWith(':streamGenerateContent'),
  isTurn: (body) => RequestSchema.parse(body).tools.length > 0,
  texts: (body) =>
    RequestSchema.parse(body).contents.map(({ parts = [] }) => parts.map(({ text = '' }) => text).join('\n')),
  begin: () => ANSWER,
  error: (code, message) => ({ error: { code, message, status: 'INVALID_ARGUMENT' } }),
  other: (path) => {
    if (path.endsWith(':countTokens')) return { totalTokens: USAGE.promptTokenCount };
    if (!path.endsWith(':generateContent')) return null;
    return { ...answerOf([{ text: JSON.stringify(ROUTE) }], { finishReason: 'STOP' }), usageMetadata: USAGE };
  },
};

/** A model that is asked by Gemini's API. */
export const startGeminiModel = (): Promise<ScriptedModel> => new ScriptedModel(GEMINI).start();
