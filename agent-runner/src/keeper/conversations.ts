import type {
  AgentPolicy,
  AgentSpec,
  ConversationId,
  KeeperMessage,
  PermissionId,
  StreamEvent,
  ToKeeperMessage,
  WireError,
} from '@muster/protocol';
import type { ConversationOrder } from '../acp/core/types.ts';
import type { StartProgram } from '../program/program.ts';
import type { ConversationController } from './conversations/conversation-controller.ts';
import type { KeeperDeps } from './deps.ts';

interface ConversationPorts {
  readonly spec: () => AgentSpec;
  readonly policy: () => AgentPolicy;
  readonly emit: (event: StreamEvent) => void;
  readonly answer: (requestId: string, error: WireError | undefined) => void;
  readonly update: (conversationId: ConversationId, data: Uint8Array) => void;
  readonly changed: () => void;
  readonly send: (message: KeeperMessage) => void;
}

type RoomAnswer = Extract<ToKeeperMessage, { type: 'file:part' | 'file:gone' | 'host:query' }>;

/** The conversations of an agent of the kind `acp`. All of it is loaded for that kind only (F11). */
export class Conversations {
  readonly #deps: KeeperDeps;
  readonly #ports: ConversationPorts;
  readonly #isAcp: boolean;
  #controller: ConversationController | null = null;
  #loading: Promise<ConversationController> | null = null;

  constructor(deps: KeeperDeps, ports: ConversationPorts) {
    this.#deps = deps;
    this.#ports = ports;
    this.#isAcp = deps.placement.spec.kind === 'acp';
  }

  get openRequests(): readonly PermissionId[] {
    return this.#controller?.openRequests ?? [];
  }

  get isIdle(): boolean {
    return this.#controller?.isIdle ?? true;
  }

  /** When the keeper begins: the turns of an earlier one were interrupted. */
  begin(): void {
    if (this.#isAcp) void this.#load();
  }

  /** In the order they come. */
  handle(order: ConversationOrder): void {
    if (!this.#isAcp) return this.#deps.log.warn({ order: order.type }, 'this agent has no conversations');
    if (this.#controller !== null) this.#controller.handle(order);
    else void this.#load().then((controller) => controller.handle(order));
  }

  /** C11, C15: parts of files that were asked for, and questions that somebody waits for. */
  handleAsked(message: RoomAnswer): void {
    if (!this.#isAcp) return this.#deps.log.warn({ type: message.type }, 'this agent has no conversations');
    void this.#load().then((controller) => {
      if (message.type === 'host:query') controller.handleQuery(message.payload);
      else controller.handleFile(message);
    });
  }

  /** The room is there again. */
  linked(): void {
    this.#controller?.linked();
  }

  /** What runs in the place of the agent's program (C4); of other kinds the program. */
  get startProgram(): StartProgram {
    if (!this.#isAcp) return this.#deps.startProgram;
    return async (request, events) => {
      const controller = await this.#load();
      const { startAdapterHost } = await import('./conversations/adapter-host.ts');
      return startAdapterHost(controller, request, events);
    };
  }

  #load(): Promise<ConversationController> {
    this.#loading ??= this.#open();
    return this.#loading;
  }

  async #open(): Promise<ConversationController> {
    const { ConversationController: Loaded } = await import('./conversations/conversation-controller.ts');
    const { TurnJournal } = await import('./conversations/turn-journal.ts');
    const journal = new TurnJournal(this.#deps.turns);
    this.#controller = new Loaded({ ...this.#deps, ...this.#ports, journal });
    this.#controller.begin();
    return this.#controller;
  }
}
