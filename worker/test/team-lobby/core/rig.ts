import {
  type Ack,
  AGENT_KINDS,
  type AgentCreate,
  AgentCreateSchema,
  type AgentUid,
  AgentUidSchema,
  type HostFacts,
  type HostId,
  HostIdSchema,
  type RequestHead,
  RequestHeadSchema,
  type RoomSummary,
  type RunnerMessage,
  type ServerMessage,
  type ToRunnerMessage,
  type ViewerMessage,
} from '@muster/protocol';
import type { EnrolmentCode, HostEnrolment } from '../../../src/rpc.ts';
import { handle } from '../../../src/team-lobby/core/handle.ts';
import { agentNamed, openLobby } from '../../../src/team-lobby/core/state.ts';
import type { AgentRow, Effect, Lobby, LobbyEvent } from '../../../src/team-lobby/core/types.ts';
import { MemoryLobbyStore } from '../../../src/team-lobby/storage/memory.ts';
import { NOW, TEAM } from '../../auth/bodies.ts';

export const uuid = (number: number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
export const HOST_A = HostIdSchema.parse(uuid(0xa));
export const HOST_B = HostIdSchema.parse(uuid(0xb));

export const facts = (roots: string[] = ['/home/ada']): HostFacts => ({
  name: 'box',
  platform: 'linux',
  arch: 'x64',
  cpus: 2,
  memory: 1,
  bootId: 'b',
  roots,
  defaultWorkspace: roots[0] ?? '/',
  containment: 'cgroup',
});

/** Those of a runner that knows conversations. */
export const factsWithAcp = (over: Partial<HostFacts> = {}): HostFacts => ({
  ...facts(),
  kinds: [...AGENT_KINDS],
  ...over,
});

export const summary = (over: Partial<RoomSummary> = {}): RoomSummary => ({
  status: 'running',
  busy: false,
  lastActivity: NOW,
  queueLength: 0,
  runningCommands: 0,
  pendingPermissions: 0,
  viewers: 0,
  ...over,
});

/** What a room reports of one request of the agent `agentId`. */
export function headOf(over: Partial<RequestHead> & { readonly number?: number } = {}): RequestHead {
  const { number = 1, agentId = 'one', ...rest } = over;
  return RequestHeadSchema.parse({
    permissionId: `${agentId}.p${number}`,
    conversationId: `${agentId}.c1`,
    agentId,
    kind: 'permission',
    title: 'Run ls',
    toolKind: 'execute',
    argument: 'ls',
    argumentChars: 2,
    oneLine: true,
    options: [{ optionId: 'once', name: 'Allow', kind: 'allow_once' }],
    digest: 'a'.repeat(64),
    requestedAt: NOW + number,
    ...rest,
  });
}

type Placed = Extract<RunnerMessage, { type: 'agent:placed' }>['payload'];
type HelloAgents = Extract<RunnerMessage, { type: 'runner:hello' }>['payload']['agents'];

/** A lobby's core on the memory store, its rooms always within reach unless told otherwise. */
export class Rig {
  readonly store = new MemoryLobbyStore();
  lobby: Lobby = openLobby(TEAM, this.store.load());
  now = NOW;
  /** All effects since the last `take`. */
  out: Effect[] = [];
  #ids = 0x1000;
  #reports = 0;

  do(event: LobbyEvent): readonly Effect[] {
    const effects = handle(this.lobby, event, {
      now: this.now,
      freshId: () => uuid(++this.#ids),
      isUsed: (code) => this.store.isUsed(code),
    });
    for (const effect of effects) if (effect.type === 'commit') this.store.commit(effect.commit);
    this.out.push(...effects);
    return effects;
  }

  /** What a reset leaves: the store. Sockets are gone with it. */
  reset(): readonly Effect[] {
    this.lobby = openLobby(TEAM, this.store.load());
    return this.do({ type: 'started', online: [] });
  }

  /** What hibernation leaves: the store and the sockets. */
  sleep(): readonly Effect[] {
    const online = [...this.lobby.online.values()];
    this.lobby = openLobby(TEAM, this.store.load());
    return this.do({ type: 'started', online });
  }

  enrol(hostId: HostId): void {
    const name = hostId === HOST_A ? 'alpha' : 'beta';
    this.enrolAs({ hostId, name, publicKey: `key of ${name}` });
  }

  /** By a token for this host, which may replace its key. */
  enrolAs(host: HostEnrolment, code: Partial<EnrolmentCode> = {}): readonly Effect[] {
    this.#ids += 1;
    const right = {
      id: `code ${this.#ids}`,
      expiresAt: this.now + 60_000,
      host: host.hostId,
      replaces: true,
    };
    return this.do({ type: 'host-enrolment', host, code: { ...right, ...code }, makerMayGrant: true });
  }

  hello(hostId: HostId = HOST_A, agents: HelloAgents = [], connection = `h:${hostId}`, roots?: string[]) {
    return this.helloAs(facts(roots), hostId, agents, connection);
  }

  helloAs(
    said: HostFacts,
    hostId: HostId = HOST_A,
    agents: HelloAgents = [],
    connection = `h:${hostId}`,
  ): readonly Effect[] {
    const payload = { hostId, version: '1', facts: said, agents };
    return this.do({ type: 'host-message', connection, hostId, message: { type: 'runner:hello', payload } });
  }

  hostSays(message: RunnerMessage, hostId: HostId = HOST_A, connection = `h:${hostId}`): readonly Effect[] {
    return this.do({ type: 'host-message', connection, hostId, message });
  }

  /** `askedAt`: I1, when a request was first sent. */
  says(
    message: ViewerMessage,
    id?: string,
    connection = 'v',
    subscriptions: string[] = [],
    askedAt?: number,
  ): readonly Effect[] {
    const by = { connection, key: 'ada', subscriptions };
    const request = { ...(id === undefined ? {} : { id }), ...(askedAt === undefined ? {} : { askedAt }) };
    return this.do({ type: 'viewer-message', by, message, ...request });
  }

  create(wanted: Partial<AgentCreate> = {}, id = 'c1', connection = 'v'): readonly Effect[] {
    const payload = AgentCreateSchema.parse({ name: 'One', program: { command: 'bash' }, ...wanted });
    return this.says({ type: 'agent:create', payload }, id, connection);
  }

  /** The room's answer to the newest `place-room`. */
  roomPlaced(ok = true): readonly Effect[] {
    const asked = this.out.findLast((effect) => effect.type === 'place-room');
    if (asked?.type !== 'place-room') throw new Error('no room was placed');
    return this.do({ type: 'room-placed', placement: asked.placement, host: asked.host, ok });
  }

  roomDeleted(ok = true): readonly Effect[] {
    const asked = this.out.findLast((effect) => effect.type === 'delete-room');
    if (asked?.type !== 'delete-room') throw new Error('no room was deleted');
    return this.do({ type: 'room-deleted', agentUid: asked.agentUid, ok });
  }

  /** The newest order to place, answered by the host. */
  placed(over: Partial<Placed> = {}, hostId: HostId = HOST_A): readonly Effect[] {
    const order = hostMessages(this.out, 'agent:place').at(-1);
    if (order === undefined) throw new Error('nothing was ordered');
    const { requestId, spec, generation } = order;
    const payload = { requestId, agentUid: spec.agentUid, generation, pid: 42, startedAt: NOW, ...over };
    return this.hostSays({ type: 'agent:placed', payload }, hostId);
  }

  /** An agent that is there, on the host A. */
  made(name = 'One', over: Partial<AgentCreate> = {}): AgentRow {
    this.#ids += 1;
    this.create({ name, ...over }, `make-${this.#ids}`);
    this.roomPlaced();
    this.placed();
    const row = agentNamed(this.lobby, over.agentId ?? name.toLowerCase());
    if (row === null) throw new Error(`${name} was not made`);
    return row;
  }

  /** The room of an agent reports these requests, with a summary that is newer than any before. */
  reportsRequests(row: AgentRow, requests: readonly RequestHead[]): readonly Effect[] {
    this.#reports += 1;
    const pendingPermissions = requests.length;
    const { agentUid } = row.spec;
    const summaryRevision = this.#reports;
    const report = { agentUid, generation: row.generation, summaryRevision, requests };
    return this.do({
      type: 'room-reported',
      report: { ...report, summary: summary({ pendingPermissions }) },
    });
  }

  uidOf(agentId: string): AgentUid | null {
    return agentNamed(this.lobby, agentId)?.spec.agentUid ?? null;
  }
}

/** A rig with the host A online. */
export function rigWithHost(): Rig {
  const rig = new Rig();
  rig.enrol(HOST_A);
  rig.hello();
  return rig;
}

type Payload<M extends { type: string }, T extends M['type']> =
  Extract<M, { type: T }> extends {
    payload: infer P;
  }
    ? P
    : never;

export function hostMessages<T extends ToRunnerMessage['type']>(out: readonly Effect[], type: T) {
  return out.flatMap((effect) =>
    effect.type === 'send-to-host' && effect.message.type === type
      ? [effect.message.payload as Payload<ToRunnerMessage, T>]
      : [],
  );
}

export function broadcasts<T extends ServerMessage['type']>(out: readonly Effect[], type: T) {
  return out.flatMap((effect) =>
    effect.type === 'broadcast' && effect.message.type === type
      ? [effect.message.payload as Payload<ServerMessage, T>]
      : [],
  );
}

export function acks(out: readonly Effect[]): Ack[] {
  return out.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'ack' ? [effect.message.payload] : [],
  );
}

export const agentUid = (number: number) => AgentUidSchema.parse(uuid(number));
