import type { Language } from './languages.ts';
import type { Spans } from './spans.ts';
import { tokenize } from './tokenize.ts';

export interface HighlightRequest {
  readonly id: number;
  readonly code: string;
  readonly language: Language;
}

/** `spans` is null where the code could not be read, or its grammar not be loaded. */
export interface HighlightReply {
  readonly id: number;
  readonly spans: Spans | null;
}

async function answer({ id, code, language }: HighlightRequest): Promise<void> {
  const spans = await tokenize(code, language).catch(() => null);
  const reply: HighlightReply = { id, spans };
  postMessage(reply, { transfer: spans === null ? [] : [spans.buffer] });
}

addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) => void answer(data));
