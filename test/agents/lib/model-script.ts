/** One thing that a scripted model says. `wait`: it falls silent until then, in the middle of its answer. */
export type Part =
  | { readonly thought: string }
  | { readonly text: string }
  | { readonly tool: string; readonly input: object }
  | { readonly wait: Promise<unknown> };

/** What a model answers to one request. */
export type Reply = readonly Part[] | { readonly status: number; readonly error: string };

/** What it answers to what nobody scripted: titles, summaries and the agent's own checks. */
const ELSE: Reply = [{ text: 'Fine.' }];

/** Answers by prompt: the replies to a prompt are given in their order, one a request. */
export class ModelScript {
  readonly #replies = new Map<string, Reply[]>();

  /** `prompt`: a text that no other prompt of this model contains. The last reply is repeated. */
  when(prompt: string, ...replies: readonly Reply[]): void {
    this.#replies.set(prompt, [...replies]);
  }

  /** `texts`: what the conversation holds, oldest first. The newest prompt that is scripted counts. */
  next(texts: readonly string[]): Reply {
    for (const text of texts.toReversed()) {
      const prompts = [...this.#replies.keys()].filter((prompt) => text.includes(prompt));
      const [newest] = prompts.sort((a, b) => text.lastIndexOf(b) - text.lastIndexOf(a));
      const replies = this.#replies.get(newest ?? '');
      if (replies !== undefined) return (replies.length > 1 ? replies.shift() : replies[0]) ?? ELSE;
    }
    return ELSE;
  }
}
