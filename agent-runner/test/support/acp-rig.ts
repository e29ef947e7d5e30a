import { fileURLToPath } from 'node:url';
import {
  type AgentSpec,
  type ConversationEvent,
  type ConversationFacts,
  type ConversationId,
  ConversationIdSchema,
  type ConversationUpdate,
  type Decision,
  type Item,
  type ItemWrite,
  isTextItem,
  MemberIdSchema,
  type PermissionId,
  type StreamEvent,
  type ToKeeperMessage,
} from '@muster/protocol';
import type { TestHost } from './host.ts';

export const SCRIPTED_AGENT = fileURLToPath(new URL('./acp-agent.ts', import.meta.url));
export const conversation = (name: string): ConversationId => ConversationIdSchema.parse(`a.${name}`);
const ADA = { memberId: MemberIdSchema.parse('ada'), name: 'Ada' };

/** The items that writes of rows, or live updates, make. Text that does not fit is a mistake. */
export function itemsOf(changes: readonly (ItemWrite | ConversationUpdate)[]): Item[] {
  const items = new Map<string, Item>();
  for (const change of changes) {
    if ('item' in change) items.set(change.item.itemId, change.item);
    else {
      const item = items.get(change.itemId);
      if (item === undefined || !isTextItem(item)) throw new Error('text of no item');
      if (change.offset !== item.text.length)
        throw new Error(`text at ${change.offset}, not at ${item.text.length}`);
      const endedAt = 'endedAt' in change ? change.endedAt : undefined;
      items.set(change.itemId, {
        ...item,
        text: item.text + change.text,
        ...(endedAt === undefined ? {} : { endedAt }),
      });
    }
  }
  return [...items.values()];
}

/** Facts as a room puts them together. */
export const factsOf = (events: readonly StreamEvent[]): ConversationFacts =>
  Object.assign({}, ...events.map((event) => (event.type === 'conversation:changed' ? event.facts : {})));

export const writesOf = (events: readonly StreamEvent[]): ItemWrite[] =>
  events.flatMap((event) => (event.type === 'conversation:items' ? event.writes : []));

/** An item in a word or two: `agent Hello`, `tool ls completed`. */
export function inShort(item: Item): string {
  if (isTextItem(item)) return `${item.kind} ${item.text}`;
  if (item.kind === 'tool') return `tool ${item.title} ${item.status}`;
  return item.kind === 'plan'
    ? `plan ${item.entries.map(({ status }) => status).join(',')}`
    : `other ${item.name}`;
}

export const prompt = (text: string, turnId: string, name = '1') =>
  ({
    type: 'conversation:prompt',
    payload: {
      conversationId: conversation(name),
      turnId,
      messageId: `of-${turnId}`,
      content: [{ type: 'text', text }],
      ...ADA,
    },
  }) as const satisfies ToKeeperMessage;

type OfType<T extends StreamEvent['type']> = Extract<StreamEvent, { type: T }>;

/** An agent of the kind `acp` on a real host, its adapter scripted, and its room as the keeper sees it. */
export class AcpAgent {
  readonly uid: string;
  readonly host: TestHost;
  #turns = 0;

  private constructor(host: TestHost, uid: string) {
    this.host = host;
    this.uid = uid;
  }

  static async place(
    host: TestHost,
    flags: readonly string[] = [],
    spec: Partial<AgentSpec> = {},
  ): Promise<AcpAgent> {
    const program = { command: process.execPath, args: [SCRIPTED_AGENT, ...flags] };
    const placement = host.placement({ kind: 'acp', program, ...spec });
    const placed = await host.server.place(placement);
    if (placed.error !== undefined) throw new Error(placed.error.message);
    const agent = new AcpAgent(host, placement.spec.agentUid);
    await host.server.status(agent.uid, 'running');
    return agent;
  }

  get room() {
    return this.host.server.room(this.uid);
  }

  get events(): readonly StreamEvent[] {
    return this.room.events;
  }

  /** Rows, in short. */
  get rows(): string[] {
    return itemsOf(writesOf(this.events)).map(inShort);
  }

  /** What live readers have, in short. */
  get live(): string[] {
    return itemsOf(this.room.updates).map(inShort);
  }

  send(message: ToKeeperMessage): void {
    this.host.server.send(this.uid, message);
  }

  /** Says it, and returns the turn's id. */
  prompt(text: string, name = '1'): string {
    this.#turns += 1;
    const turnId = `turn-${this.#turns}`;
    this.send(prompt(text, turnId, name));
    return turnId;
  }

  ended(turnId: string): Promise<OfType<'turn:ended'>> {
    return this.find('turn:ended', (event) => event.turnId === turnId);
  }

  async turn(text: string, name = '1'): Promise<OfType<'turn:ended'>> {
    return this.ended(this.prompt(text, name));
  }

  find<T extends ConversationEvent['type']>(
    type: T,
    is: (event: OfType<T>) => boolean = () => true,
  ): Promise<OfType<T>> {
    const isOf = (event: StreamEvent): event is OfType<T> => event.type === type;
    return this.host.server.until(() => this.events.filter(isOf).find(is), type);
  }

  decide(permissionId: PermissionId, decision: Decision): void {
    this.send({ type: 'request:decide', payload: { permissionId, decision } });
  }

  /** The states of a request in order. */
  states(permissionId: PermissionId): string[] {
    return this.events.flatMap((event) =>
      event.type === 'request:changed' && event.permissionId === permissionId ? [event.resolution.state] : [],
    );
  }
}
