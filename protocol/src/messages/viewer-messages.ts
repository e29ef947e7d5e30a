import type * as z from 'zod';
import { PUSH_VIEWER_SCHEMAS } from '../push/messages.ts';
import { TEAM_SCHEMAS } from './viewer.ts';
import { CONVERSATION_SCHEMAS } from './viewer-conversations.ts';
import { type MessageRule, VIEWER_RULES, type ViewerType } from './viewer-rules.ts';

const conversations = CONVERSATION_SCHEMAS;

/** What each message of a viewer carries. */
export const VIEWER_SCHEMAS = {
  ...TEAM_SCHEMAS,
  'conversation:create': conversations.create,
  'conversation:join': conversations.join,
  'conversation:leave': conversations.conversation,
  'conversation:cancel': conversations.conversation,
  'conversation:configure': conversations.configure,
  'conversation:sign-in': conversations.signIn,
  'conversation:rename': conversations.rename,
  'conversation:close': conversations.conversation,
  'chat:message': conversations.chat,
  'chat:edit': conversations.edit,
  'chat:withdraw': conversations.withdraw,
  'chat:move': conversations.move,
  typing: conversations.typing,
  'permission:respond': conversations.respond,
  'elicitation:respond': conversations.elicit,
  'page:focus': PUSH_VIEWER_SCHEMAS.focus,
  'attention:seen': PUSH_VIEWER_SCHEMAS.seen,
  'policy:change': conversations.policy,
} as const satisfies Record<ViewerType, z.ZodType>;

type Messages = {
  readonly [T in ViewerType]: (typeof VIEWER_RULES)[T] & { readonly schema: (typeof VIEWER_SCHEMAS)[T] };
};

const RULES: ReadonlyMap<string, MessageRule> = /* @__PURE__ */ new Map(Object.entries(VIEWER_RULES));

/** Every message of a viewer with its rule and its schema. Code, docs and tests read this table; there is no other. */
export const VIEWER_MESSAGES = /* @__PURE__ */ Object.fromEntries(
  Object.entries<z.ZodType>(VIEWER_SCHEMAS).map(([type, schema]) => [type, { ...RULES.get(type), schema }]),
) as Messages;

export type ViewerMessage = {
  [T in ViewerType]: { readonly type: T; readonly payload: z.output<(typeof VIEWER_SCHEMAS)[T]> };
}[ViewerType];
export type ViewerPayload<T extends ViewerType> = z.input<(typeof VIEWER_SCHEMAS)[T]>;
