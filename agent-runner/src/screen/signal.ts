/** What a program says to the person at its terminal, beside what it draws. Texts are raw: they may hold anything. */
export type Signal =
  | { readonly type: 'bell' }
  | { readonly type: 'title'; readonly text: string }
  /** `id`: its program's name for it; empty: it has none. */
  | { readonly type: 'notification'; readonly id: string; readonly text: string }
  /** The program takes the notification back. */
  | { readonly type: 'closed'; readonly id: string };
