import {
  AgentIdSchema,
  type AgentSummary,
  AgentSummarySchema,
  type Cursor,
  EpochSchema,
  encodeBatch,
  encodeMessage,
  MemberIdSchema,
  type ServerMessage,
  type ServerPayload,
  type ServerType,
  STREAM,
  TeamIdSchema,
} from '@muster/protocol';
import type { MemberClaims } from '../../src/auth/claims.ts';
import { handle, newGateway, nextTick } from '../../src/gateway/core.ts';
import type { Effect, GatewayEvent } from '../../src/gateway/types.ts';

export const team = TeamIdSchema.parse('team');
export const epochOf = (n: number) => EpochSchema.parse(n.toString(16).padStart(16, '0'));
export const E1 = epochOf(1);

export const claimsOf = (over: Partial<MemberClaims> = {}): MemberClaims => ({
  kind: 'member',
  team,
  member: MemberIdSchema.parse('ada'),
  name: 'Ada',
  role: 'admin',
  agents: [],
  sid: 's',
  revision: 0,
  expiresAt: 9e12,
  ...over,
});

/** The agent of this name; `n` tells it from others that bore it. */
export function summaryOf(name: string, n = 1): AgentSummary {
  const id = n.toString(16).padStart(12, '0');
  return AgentSummarySchema.parse({
    agentId: name,
    agentUid: `00000000-0000-4000-8000-${id}`,
    name,
    kind: 'process',
    hostId: '00000000-0000-4000-8000-0000000000ff',
    status: 'running',
    connection: 'online',
    busy: false,
    lastActivity: 0,
    queueLength: 0,
    runningCommands: 0,
    pendingPermissions: 0,
    viewers: 0,
    labels: {},
  });
}

const encoder = new TextEncoder();
/** A batch of output: one frame a text. */
export const batchOf = (first: number, texts: readonly string[], epoch = E1) =>
  encodeBatch({
    kind: 'output',
    epoch,
    first,
    chunks: texts.map((text) => ({ stream: STREAM.stdout, data: encoder.encode(text), time: 5 })),
  });

/** One frame of so many bytes. */
export const bulkOf = (sequence: number, size: number, epoch = E1) =>
  encodeBatch({
    kind: 'output',
    epoch,
    first: sequence,
    chunks: [{ stream: STREAM.stdout, data: new Uint8Array(size).fill(97), time: 5 }],
  });

/** The core, its clock, and everything it asked for. */
export class Rig {
  readonly gateway = newGateway(0);
  readonly effects: Effect[] = [];
  now = 0;
  #ids = 0;

  happen(event: GatewayEvent): readonly Effect[] {
    const freshId = () => {
      this.#ids += 1;
      return `id-${this.#ids}`;
    };
    const effects = handle(this.gateway, event, { now: this.now, random: () => 0.5, freshId });
    this.effects.push(...effects);
    return effects;
  }

  says(type: string, payload: unknown = {}, id?: string): readonly Effect[] {
    return this.happen({ type: 'client', text: JSON.stringify({ version: '1.0.0', type, payload, id }) });
  }

  from(key: string, message: ServerMessage, correlationId?: string): readonly Effect[] {
    const metadata = correlationId === undefined ? {} : { correlationId };
    return this.happen({ type: 'text', key, text: encodeMessage(message, { metadata }) });
  }

  bytes(key: string, bytes: Uint8Array): readonly Effect[] {
    return this.happen({ type: 'bytes', key, bytes, wireBytes: bytes.length });
  }

  /** The next thing time asks for. */
  tick(): readonly Effect[] {
    const at = nextTick(this.gateway);
    if (at === null) return [];
    this.now = Math.max(this.now, at);
    return this.happen({ type: 'tick' });
  }

  /** Let in, with the lobby's first words. */
  enter(agents: readonly AgentSummary[] = [summaryOf('bash')], claims = claimsOf()): void {
    this.happen({ type: 'start', team, claims });
    this.lobbyOpens(agents);
  }

  lobbyOpens(agents: readonly AgentSummary[]): void {
    this.from('lobby', welcome);
    this.from('lobby', { type: 'agent:list', payload: { agents: [...agents] } });
  }

  /** The room of `name` lets the gateway in and says where it stands. */
  roomOpens(name: string, asOf: ServerPayload<'agent:state'>['asOf'] = null): readonly Effect[] {
    const key = `room:${name}`;
    return [...this.from(key, welcome), ...this.from(key, stateOf(name, asOf))];
  }

  /** What a room answers to the newest subscription: the replay is `send`'s. */
  replay(name: string, send: () => void): void {
    const key = `room:${name}`;
    const agentId = AgentIdSchema.parse(name);
    const asked = this.effects.findLast(
      (effect) => effect.type === 'send' && effect.key === key && effect.message.type === 'subscribe:agent',
    );
    if (asked?.type !== 'send' || asked.id === undefined) throw new Error(`${name} was not subscribed to`);
    const result = { subscriptionId: `sub-${name}` };
    this.from(key, { type: 'ack', payload: { messageId: asked.id, success: true, result } });
    this.from(key, { type: 'replay:begin', payload: { agentId, from: null } });
    send();
    this.from(key, { type: 'replay:end', payload: { agentId, at: null } });
  }

  /** What the client was told of one type. */
  messagesOf<T extends ServerType>(type: T): ServerPayload<T>[] {
    const said: ServerPayload<T>[] = [];
    for (const effect of this.effects)
      if (effect.type === 'send-to-client' && effect.message.type === type)
        said.push(effect.message.payload as ServerPayload<T>);
    return said;
  }

  /** The text of an agent's output as the client has it. */
  output(name: string): string {
    return this.messagesOf('agent:output')
      .filter(({ agentId }) => agentId === name)
      .map(({ data }) => data)
      .join('');
  }

  sent(key: string, type: string) {
    return this.effects.flatMap((effect) =>
      effect.type === 'send' && effect.key === key && effect.message.type === type ? [effect] : [],
    );
  }

  dials(key: string): number {
    return this.effects.filter((effect) => effect.type === 'dial' && effect.key === key).length;
  }

  get closed(): number | undefined {
    const close = this.effects.find((effect) => effect.type === 'close');
    return close?.type === 'close' ? close.code : undefined;
  }
}

export const welcome: ServerMessage = {
  type: 'connection:ack',
  payload: {
    connectionId: 'c',
    sessionId: 'c',
    serverVersion: '0',
    features: [],
    resumed: false,
    member: { id: MemberIdSchema.parse('ada'), name: 'Ada', role: 'admin' },
    heartbeatInterval: 25_000,
    tokenExpiresAt: 9e12,
  },
};

export function stateOf(name: string, asOf: ServerPayload<'agent:state'>['asOf']): ServerMessage {
  const agent = summaryOf(name);
  const { agentId, agentUid, kind } = agent;
  const base = { agentId, agentUid, kind, agent, revision: 1, asOf };
  return { type: 'agent:state', payload: { ...base, workspace: '/', restart: 'never', terminal: null } };
}

export const cursorOf = (sequence: number, epoch: Cursor['epoch'] = E1): Cursor => ({ epoch, sequence });
