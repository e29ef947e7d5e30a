import { once } from 'node:events';
import {
  type AgentUid,
  BATCH_VERSIONS,
  decodeToKeeper,
  decodeToRunner,
  type Epoch,
  EpochSchema,
  encodeBatch,
  encodeEvent,
  encodeMessage,
  type KeeperMessage,
  type Placement,
  type RunnerMessage,
  STREAM,
  SUBPROTOCOL,
} from '@muster/protocol';
import { WebSocket } from 'ws';
import { assertion } from '../../../agent-runner/src/host/assertion.ts';
import type { HostFile } from '../../../agent-runner/src/host/files.ts';

const EPOCH: Epoch = EpochSchema.parse('00000000000000e1');
const VERSION = '0.0.0';

/** A host that runs nothing: its keepers speak as real ones do, a thousand of them in one process. */
export class MockHost implements Disposable {
  readonly #host: HostFile;
  readonly #socket: WebSocket;
  readonly #keepers = new Map<string, Mouth>();

  private constructor(host: HostFile) {
    this.#host = host;
    this.#socket = dial(host, '/ws/runner');
    this.#socket.on('message', (data) => void this.#handleMessage(String(data)));
  }

  static async open(host: HostFile): Promise<MockHost> {
    const mock = new MockHost(host);
    await once(mock.#socket, 'open');
    const facts = {
      name: host.name,
      platform: 'linux',
      arch: 'x64',
      cpus: 2,
      memory: 1,
      bootId: 'b',
      roots: host.roots,
      defaultWorkspace: host.roots[0] ?? '/',
      containment: 'process-table' as const,
    };
    mock.#send({
      type: 'runner:hello',
      payload: { hostId: host.hostId, version: VERSION, facts, agents: [] },
    });
    return mock;
  }

  /** One frame from this agent, if it is here: whose it is, and when. */
  speak(agentId: string): void {
    this.#keepers.get(agentId)?.speak(`${agentId} ${Date.now()}\n`);
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#keepers.values()) socket.terminate();
    this.#socket.terminate();
  }

  async #handleMessage(text: string): Promise<void> {
    const decoded = decodeToRunner(text);
    if (!decoded.ok || decoded.value.message.type !== 'agent:place') return;
    const { requestId, spec, generation } = decoded.value.message.payload;
    const mouth = new Mouth(dial(this.#host, `/ws/keepers/${spec.agentUid}`), { spec, generation });
    this.#keepers.set(spec.agentId, mouth);
    await mouth.ready;
    this.#send({ type: 'agent:placed', payload: { requestId, agentUid: spec.agentUid, generation } });
  }

  #send(message: RunnerMessage): void {
    this.#socket.send(encodeMessage(message));
  }
}

/** A keeper without a program. */
class Mouth {
  readonly socket: WebSocket;
  readonly ready: Promise<void>;
  #sequence = 0;

  constructor(socket: WebSocket, { spec, generation }: Placement) {
    this.socket = socket;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    socket.on('open', () => this.#hello(spec.agentUid, generation));
    socket.on('message', (data) => {
      const decoded = decodeToKeeper(String(data));
      if (!decoded.ok || decoded.value.message.type !== 'room:welcome') return;
      this.#sequence = 1;
      const open = { type: 'epoch:open', previous: null, cause: 'first' } as const;
      socket.send(encodeEvent(EPOCH, 1, open, Date.now()));
      ready.resolve();
    });
  }

  speak(text: string): void {
    this.#sequence += 1;
    const chunks = [{ stream: STREAM.stdout, data: new TextEncoder().encode(text), time: Date.now() }];
    this.socket.send(encodeBatch({ kind: 'output', epoch: EPOCH, first: this.#sequence, chunks }));
  }

  #hello(agentUid: AgentUid, generation: number): void {
    const place = { epoch: EPOCH, first: 0, last: 0 };
    const payload = { agentUid, generation, ...place, batchVersions: [...BATCH_VERSIONS], version: VERSION };
    this.socket.send(encodeMessage({ type: 'keeper:hello', payload } satisfies KeeperMessage));
  }
}

/** A socket of this host's. */
export function dial(host: HostFile, path: string): WebSocket {
  const url = host.server.replace('http', 'ws') + path;
  const headers = { authorization: `Bearer ${assertion(host, path, Date.now())}` };
  return new WebSocket(url, SUBPROTOCOL, { headers, perMessageDeflate: false });
}
