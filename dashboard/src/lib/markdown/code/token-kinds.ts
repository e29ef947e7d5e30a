/** What colours tell apart in code. The index is the kind's number between the worker and the page. */
export const TOKEN_KINDS = [
  'plain',
  'comment',
  'keyword',
  'string',
  'constant',
  'function',
  'type',
  'tag',
  'attribute',
  'inserted',
  'deleted',
  'heading',
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** Text colours that keep a contrast of 4.5 on the grounds that code stands on, in both themes. */
export const CLASSES: Readonly<Record<TokenKind, string>> = {
  plain: '',
  comment: 'text-faint italic',
  keyword: 'text-wait',
  string: 'text-live',
  constant: 'text-hold',
  function: 'text-accent-text',
  type: 'text-hold',
  tag: 'text-wait',
  attribute: 'text-accent-text',
  inserted: 'text-live',
  deleted: 'text-bad',
  heading: 'text-text font-semibold',
};

/** TextMate scopes of each kind. A longer scope wins over a shorter one, whatever their order. */
export const SCOPES: Readonly<Record<Exclude<TokenKind, 'plain'>, readonly string[]>> = {
  comment: ['comment', 'punctuation.definition.comment'],
  keyword: [
    'keyword',
    'storage',
    'variable.language',
    'constant.language',
    'punctuation.definition.list.begin.markdown',
  ],
  string: ['string', 'markup.inline.raw', 'markup.raw', 'punctuation.definition.string'],
  constant: ['constant', 'constant.character.escape', 'constant.other', 'support.constant'],
  function: ['entity.name.function', 'support.function', 'meta.function-call.generic', 'entity.name.command'],
  type: [
    'entity.name.type',
    'entity.name.class',
    'support.type',
    'support.class',
    'entity.other.inherited-class',
  ],
  tag: ['entity.name.tag', 'support.type.property-name'],
  attribute: ['entity.other.attribute-name', 'meta.attribute'],
  inserted: ['markup.inserted'],
  deleted: ['markup.deleted'],
  heading: ['markup.heading', 'entity.name.section', 'meta.diff.header', 'markup.bold'],
};
