import type { AgentRequest, RequestHead, RequestOption, ToolArgument } from '@muster/protocol';
import { ago, duration } from '../agents/format.ts';
import { singleOf } from './answer-key.ts';

const WANTS = new Map<string, string>([
  ['read', 'Wants to read'],
  ['edit', 'Wants to edit'],
  ['delete', 'Wants to delete'],
  ['move', 'Wants to move'],
  ['search', 'Wants to search'],
  ['execute', 'Wants to run a command'],
  ['think', 'Wants to think'],
  ['fetch', 'Wants to fetch from the network'],
  ['switch_mode', 'Wants to change how it works'],
]);

/** What the agent asks for, by the kind of the tool. */
export const wantsWords = ({ toolKind }: Pick<ToolArgument, 'toolKind'>): string =>
  WANTS.get(toolKind) ?? 'Asks for permission';

/** The same for a row of the inbox. */
export const headWords = ({ kind, toolKind }: Pick<RequestHead, 'kind' | 'toolKind'>): string =>
  kind === 'elicitation' ? 'Asks you' : wantsWords({ toolKind: toolKind ?? '' });

type Asked = Pick<AgentRequest, 'requestedAt' | 'expiresAt' | 'conversationId'>;

/** C7: `asked 1m ago · rejected by itself in 29m`. */
export function askedWords(request: Asked, options: readonly RequestOption[] | null, now: number): string {
  const age = ago(request.requestedAt, now);
  const asked = age === 'now' ? 'asked now' : `asked ${age} ago`;
  if (request.expiresAt === undefined) return asked;
  const left = request.expiresAt - now;
  if (left <= 0) return `${asked} · its time is over`;
  const then = request.conversationId === undefined ? 'left to its terminal' : timeoutWords(options);
  return `${asked} · ${then} in ${duration(left)}`;
}

function timeoutWords(options: readonly RequestOption[] | null): string {
  if (options === null) return 'cancelled by itself';
  const rejects = options.some(({ kind }) => kind === 'reject_once');
  return rejects ? 'rejected by itself' : 'the turn is cancelled';
}

/** C8, C9: the options that a row may offer, in the agent's order; empty: the card has to be opened. */
export function rowOptions(head: RequestHead): readonly RequestOption[] {
  if (head.kind !== 'permission' || !head.oneLine || head.toolKind === 'switch_mode') return [];
  const allow = singleOf(head.options, 'allow_once');
  const reject = singleOf(head.options, 'reject_once');
  if (allow === null || reject === null) return [];
  return head.options.filter((option) => option === allow || option === reject);
}
