/** Markdown as the page draws it: no HTML, only links that may be followed, and text that is safe to read. */
export type Block =
  | { readonly type: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly type: 'heading'; readonly level: number; readonly children: readonly Inline[] }
  | CodeBlock
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | List
  | Table
  | { readonly type: 'html'; readonly text: string }
  | { readonly type: 'rule' };

/** `code` is as it was written, hidden characters and all, so that it can be copied. */
export interface CodeBlock {
  readonly type: 'code';
  readonly language: string;
  readonly code: string;
}

export interface List {
  readonly type: 'list';
  readonly ordered: boolean;
  readonly start: number;
  /** Items without blank lines between them. */
  readonly tight: boolean;
  readonly items: readonly ListItem[];
}

/** `checked` is null where the item is no task. */
export interface ListItem {
  readonly checked: boolean | null;
  readonly blocks: readonly Block[];
}

export type Align = 'left' | 'center' | 'right' | null;
type Cell = readonly Inline[];

export interface Table {
  readonly type: 'table';
  readonly align: readonly Align[];
  readonly header: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'strong' | 'emphasis' | 'strike'; readonly children: readonly Inline[] }
  | Link
  | { readonly type: 'break' };

export interface Link {
  readonly type: 'link';
  /** Absolute, and of a scheme that runs nothing. */
  readonly href: string;
  /** Where it leads, where the label does not say so (X23). */
  readonly host: string | null;
  /** A picture is never loaded: it is a link with its alternative text. */
  readonly image: boolean;
  readonly children: readonly Inline[];
}
