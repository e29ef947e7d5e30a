import {
  type AgentUid,
  decodeToKeeper,
  decodeToRunner,
  type Epoch,
  EpochSchema,
  encodeBatch,
  encodeEvent,
  encodeMessage,
  type HostFacts,
  HostIdSchema,
  type KeeperMessage,
  LIMITS,
  type RunnerMessage,
  STREAM,
  SUBPROTOCOL,
  type ToKeeperMessage,
  type ToRunnerMessage,
} from '@muster/protocol';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { assertion } from '../../agent-runner/src/host/assertion.ts';
import { HostKeySchema } from '../../agent-runner/src/host/files.ts';
import { GO, LoadSchema } from '../lib/load.ts';
import { Pump } from '../lib/pump.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

/**
 * A host of Muster whose agents have no programs: a keeper's socket to each room, and on GO a load in batches of one
 * size. It measures the room's own limit; a real keeper gathers output into larger batches.
 */
const { server, key, hostId, load } = scriptOptions(
  z.object({ server: z.string(), key: HostKeySchema, hostId: HostIdSchema, load: LoadSchema }),
);
/** Sent and not yet stored by the room, bytes: a real keeper's window. */
const WINDOW_BYTES = 16 * 1024 * 1024;
const PING_MS = 20_000;

function dial(path: string): WebSocket {
  const socket = new WebSocket(server.replace('http', 'ws') + path, SUBPROTOCOL, {
    headers: { authorization: `Bearer ${assertion({ server, hostId, key }, path, Date.now())}` },
    perMessageDeflate: false,
    maxPayload: LIMITS.messageBytes,
  });
  setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('ping'), PING_MS).unref();
  return socket;
}

class StandInKeeper {
  readonly #socket: WebSocket;
  readonly #epoch: Epoch;
  readonly #pump: Pump;
  #next = 1;
  #unacked = 0;

  constructor(agentUid: AgentUid, generation: number, epoch: number) {
    this.#epoch = EpochSchema.parse(epoch.toString(16).padStart(16, '0'));
    this.#socket = dial(`/ws/keepers/${agentUid}`);
    this.#pump = new Pump(
      () => this.#sendOne(),
      () => this.#unacked < WINDOW_BYTES && Pump.takes(this.#socket.bufferedAmount),
      () => this.#say({ type: 'stream:flush', payload: {} }),
    );
    const hello = {
      agentUid,
      generation,
      epoch: this.#epoch,
      first: 0,
      last: 0,
      batchVersions: [1],
      version: 'bench',
    };
    this.#socket.on('open', () => this.#say({ type: 'keeper:hello', payload: hello }));
    this.#socket.on('message', (data, binary) => {
      const decoded = binary ? null : decodeToKeeper(data.toString());
      if (decoded?.ok) this.#hear(decoded.value.message);
    });
  }

  #hear(message: ToKeeperMessage): void {
    if (message.type === 'room:welcome') {
      const opened = { type: 'epoch:open', previous: null, cause: 'first' } as const;
      this.#socket.send(encodeEvent(this.#epoch, this.#next++, opened, Date.now()));
      this.#say({ type: 'stream:flush', payload: {} });
    }
    if (message.type === 'stream:ack') this.#unacked = 0;
    if (message.type === 'program:input' && message.payload.data === GO) this.#pump.add(load.messages);
  }

  #sendOne(): void {
    const chunk = { stream: STREAM.stdout, data: new Uint8Array(load.bytes).fill(0x78), time: Date.now() };
    const batch = encodeBatch({ kind: 'output', epoch: this.#epoch, first: this.#next++, chunks: [chunk] });
    this.#unacked += batch.length;
    this.#socket.send(batch);
  }

  #say(message: KeeperMessage): void {
    this.#socket.send(encodeMessage(message));
  }
}

const runner = dial('/ws/runner');
const say = (message: RunnerMessage) => runner.send(encodeMessage(message));
let keepers = 0;

function obey(message: ToRunnerMessage): void {
  switch (message.type) {
    case 'lobby:welcome':
      return printResult({ port: 0 });
    case 'agent:place': {
      const { requestId, generation, spec } = message.payload;
      keepers += 1;
      new StandInKeeper(spec.agentUid, generation, keepers);
      return say({ type: 'agent:placed', payload: { requestId, generation, agentUid: spec.agentUid } });
    }
    case 'agent:remove':
      return say({ type: 'agent:removed', payload: message.payload });
  }
}

runner.on('message', (data, binary) => {
  const decoded = binary ? null : decodeToRunner(data.toString());
  if (decoded?.ok) obey(decoded.value.message);
});
runner.on('open', () => {
  const facts: HostFacts = {
    name: 'stand-in',
    platform: process.platform,
    arch: process.arch,
    cpus: 1,
    memory: 1,
    bootId: 'bench',
    roots: ['/'],
    defaultWorkspace: '/',
    containment: 'process-table',
  };
  say({ type: 'runner:hello', payload: { hostId, version: 'bench', facts, agents: [] } });
});
