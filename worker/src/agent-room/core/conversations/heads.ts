import { type AgentRequest, LIMITS, type RequestHead, type ToolArgument } from '@muster/protocol';
import * as z from 'zod';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import { isPending } from './permission.ts';
import { conversationIn } from './permissions.ts';

/** Characters that do not show as themselves: of control, of direction, of no width. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u;
const ONE_LINE_CHARS = 200;
/** An input that is a command, and at most the agent's word on it. */
const CommandInputSchema = z.strictObject({ command: z.string(), description: z.string().optional() });

function commandIn(rawInput: string): string | null {
  try {
    return CommandInputSchema.safeParse(JSON.parse(rawInput)).data?.command ?? null;
  } catch {
    return null;
  }
}

interface Argument {
  readonly text: string;
  /** C8: it is all that is decided on. */
  readonly isWhole: boolean;
}

function argumentOf({ rawInput, content, locations, omitted }: ToolArgument): Argument {
  const command = rawInput === undefined ? null : commandIn(rawInput);
  const rest = content.length + locations.length + (omitted ?? 0);
  if (command !== null) return { text: command, isWhole: rest === 0 };
  const paths = locations.map(({ path }) => path).join('\n');
  return { text: rawInput ?? paths, isWhole: false };
}

const isOneLine = ({ text, isWhole }: Argument): boolean =>
  isWhole && text !== '' && text.length <= ONE_LINE_CHARS && !INVISIBLE.test(text);

/** C7: what the lobby lists of a request. */
function headOf(request: AgentRequest, agentId: RequestHead['agentId']): RequestHead {
  const { permissionId, kind, digest, requestedAt, expiresAt } = request;
  const isTool = request.kind === 'permission';
  const argument = isTool ? argumentOf(request.tool) : { text: request.message, isWhole: false };
  return {
    ...{ permissionId, agentId, kind, digest, requestedAt },
    ...conversationIn(request),
    title: isTool ? request.tool.title : request.message.slice(0, LIMITS.titleChars),
    ...(isTool ? { toolKind: request.tool.toolKind } : {}),
    argument: argument.text.slice(0, LIMITS.requestHeadChars),
    argumentChars: argument.text.length,
    oneLine: isOneLine(argument),
    options: isTool ? request.options : [],
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** C7: the heads of what waits for people, newest first, as the lobby lists them: so many as fit a report. */
export function pendingHeads({
  durable,
  permissions,
}: Pick<RoomState, 'durable' | 'permissions'>): readonly RequestHead[] {
  if (durable === null || permissions.size === 0) return [];
  const { agentId } = durable.placement.spec;
  const pending = [...permissions.values()].filter(isPending);
  pending.sort((left, right) => right.request.requestedAt - left.request.requestedAt);
  const heads: RequestHead[] = [];
  let left: number = ROOM_LIMITS.reportedRequestChars;
  for (const { request } of pending.slice(0, LIMITS.openRequests)) {
    const head = headOf(request, agentId);
    left -= JSON.stringify(head).length;
    if (left < 0) break;
    heads.push(head);
  }
  return heads;
}
