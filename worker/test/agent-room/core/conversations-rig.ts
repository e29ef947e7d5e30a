import {
  type AgentKind,
  ConversationIdSchema,
  type ConversationUpdate,
  type Epoch,
  encodeBatch,
  encodeUpdate,
  type Item,
  PermissionIdSchema,
  type PermissionRequest,
  STREAM,
  type StreamEvent,
} from '@muster/protocol';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { E1, event, KEEPER, keeperMessages, opened, placementOf, Rig, sent, TEAM } from './rig.ts';

export const DIGEST = 'a'.repeat(64);
export const conversationOf = (id: string) => ConversationIdSchema.parse(id);

/** A room of an agent that talks, with one page `v` that knows conversations, and a keeper. */
export class ConversationRig {
  readonly rig = new Rig();
  epoch: Epoch = E1;
  sequence = 1;
  private asked = 0;

  constructor(kind: AgentKind = 'acp') {
    this.rig.do({ type: 'placed', team: TEAM, placement: placementOf(1, kind) });
    this.rig.hello(KEEPER, { epoch: E1, last: 0 });
    this.rig.batch(opened(E1));
    this.rig.joinChats('v');
  }

  /** The keeper is back, with so much said and these requests open. */
  hello(openRequests: string[] = []): Effect[] {
    return this.rig.hello(KEEPER, { epoch: this.epoch, last: this.sequence, openRequests });
  }

  away(): Effect[] {
    return this.rig.leave(KEEPER);
  }

  /** The host was started anew. */
  reboot(epoch: Epoch): Effect[] {
    const previous = { epoch: this.epoch, last: this.sequence, complete: true };
    this.epoch = epoch;
    this.sequence = 1;
    const greeted = this.rig.hello(KEEPER, { epoch, last: 1 });
    return [...greeted, ...this.rig.batch(opened(epoch, previous))];
  }

  send(type: string, payload: object, id = `m${++this.asked}`, from = 'v'): Effect[] {
    return this.rig.send(from, type as never, payload, id);
  }

  create(): string {
    const effects = this.send('conversation:create', { agentId: 'a' });
    return String(sent(effects, 'v', 'ack')[0]?.result?.['conversationId']);
  }

  chat(conversationId: string, text: string, over: object = {}): Effect[] {
    return this.send('chat:message', { conversationId, content: text, ...over });
  }

  frame(what: StreamEvent): Effect[] {
    this.sequence += 1;
    return this.rig.batch(event(this.epoch, this.sequence, what));
  }

  started(conversationId: string, turnId: string, messageId?: string): Effect[] {
    const of = messageId === undefined ? {} : { messageId };
    return this.frame({
      type: 'turn:started',
      conversationId: conversationOf(conversationId),
      turnId,
      ...of,
      at: this.rig.now,
    });
  }

  ended(
    conversationId: string,
    turnId: string,
    outcome: 'done' | 'failed' | 'cancelled' | 'interrupted' = 'done',
  ): Effect[] {
    const id = conversationOf(conversationId);
    return this.frame({ type: 'turn:ended', conversationId: id, turnId, outcome, at: this.rig.now });
  }

  items(conversationId: string, ...items: Item[]): Effect[] {
    const writes = items.map((item) => ({ item }));
    return this.frame({ type: 'conversation:items', conversationId: conversationOf(conversationId), writes });
  }

  says(conversationId: string, itemId: string, offset: number, text: string): Effect[] {
    const writes = [{ itemId, offset, text }];
    return this.frame({ type: 'conversation:items', conversationId: conversationOf(conversationId), writes });
  }

  /** A batch of live updates. */
  updates(conversationId: string, ...updates: ConversationUpdate[]): Effect[] {
    const first = this.sequence + 1;
    this.sequence += updates.length;
    const chunks = updates.map((update) => ({
      stream: STREAM.update,
      data: encodeUpdate(update),
      time: this.rig.now,
    }));
    const of = { command: conversationId, commandFirst: first };
    return this.rig.batch(encodeBatch({ kind: 'output', epoch: this.epoch, first, chunks, ...of }));
  }

  asks(conversationId: string, name: string, over: Partial<PermissionRequest> = {}): Effect[] {
    return this.frame({ type: 'request:opened', request: requestOf(conversationId, name, over) });
  }

  delivered(name: string, state: 'delivered' | 'withdrawn' | 'acknowledged' = 'delivered'): Effect[] {
    const permissionId = PermissionIdSchema.parse(`a.${name}`);
    return this.frame({ type: 'request:changed', permissionId, resolution: { state, at: 1 } });
  }

  respond(name: string, over: object = {}, from = 'v'): Effect[] {
    const payload = { permissionId: `a.${name}`, optionId: 'once', digest: DIGEST, ...over };
    return this.send('permission:respond', payload, undefined, from);
  }

  prompts(effects: readonly Effect[]) {
    return keeperMessages(effects, 'conversation:prompt');
  }

  /** A conversation whose message is with the agent. */
  running(text = 'Hello') {
    const conversationId = this.create();
    const [prompt] = this.prompts(this.chat(conversationId, text));
    if (prompt === undefined) throw new Error('nothing was sent');
    this.started(conversationId, prompt.turnId, prompt.messageId);
    return { conversationId, turnId: prompt.turnId, messageId: prompt.messageId };
  }

  record(conversationId: string) {
    const record = this.rig.room.conversations.get(conversationId);
    if (record === undefined) throw new Error(`there is no ${conversationId}`);
    return record;
  }

  status(conversationId: string) {
    const list = sent(this.rig.effects, 'v', 'conversation:list').at(-1);
    return list?.conversations.find((one) => one.conversationId === conversationId)?.status;
  }

  /** How it was answered: `ok`, or the code of the error and its field. */
  answer(effects: readonly Effect[], to = 'v'): string | undefined {
    const ack = sent(effects, to, 'ack')[0];
    if (ack === undefined) return undefined;
    return ack.error === undefined ? 'ok' : `${ack.error.code} ${ack.error.details?.['field'] ?? ''}`.trim();
  }
}

export function requestOf(
  conversationId: string,
  name: string,
  over: Partial<PermissionRequest> = {},
): PermissionRequest {
  return {
    permissionId: PermissionIdSchema.parse(`a.${name}`),
    conversationId: conversationOf(conversationId),
    requestedAt: 1_000,
    digest: DIGEST,
    kind: 'permission',
    tool: {
      title: 'Run ls',
      toolKind: 'execute',
      rawInput: '{"command":"ls"}',
      content: [],
      locations: [],
    },
    options: [
      { optionId: 'once', name: 'Allow', kind: 'allow_once' },
      { optionId: 'no', name: 'Reject', kind: 'reject_once' },
    ],
    directory: '/work',
    ...over,
  };
}

export const says = (itemId: string, text: string, over: object = {}): Item => ({
  itemId,
  at: 1,
  kind: 'agent',
  text,
  ...over,
});
