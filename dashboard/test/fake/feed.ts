import { type AgentState, EpochSchema, STREAM, wireError } from '@muster/protocol';
import type { AgentFeed, ConnectionState, FeedEvents } from '../../../client/src/types.ts';
import { emitCommands, fakeCommands } from './commands.ts';
import { joinMessages, listMessage } from './conversations.ts';
import { Emitter } from './emitter.ts';
import { fakeKeyboard, fakePresence } from './keyboard.ts';
import { FLOOD_BYTES_PER_S, flood, logLine, opening } from './scenes.ts';
import { type FakeAgent, summaryOf } from './team.ts';

const EPOCH = EpochSchema.parse('00000000000000ff');
const encoder = new TextEncoder();
const FLOOD_EVERY_MS = 50;

/** Everything that was sent to any program, for a look from the console: `fakeInputs`. */
const INPUTS: (string | Uint8Array)[] = [];
Reflect.set(globalThis, 'fakeInputs', INPUTS);

/** One made-up stream: an opening scene, then whatever its agent is given to do. */
export class FakeFeed implements AgentFeed {
  readonly agentId: string;
  readonly cursor = null;
  connection: ConnectionState = { name: 'connecting' };
  state: AgentState | null = null;
  readonly #agent: FakeAgent | null;
  readonly #events = new Emitter<FeedEvents>();
  readonly on = this.#events.on;
  #sequence = 0;
  #size = { cols: 120, rows: 32 };
  #line = '';
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(agentId: string, agent: FakeAgent | null) {
    this.agentId = agentId;
    this.#agent = agent;
    setTimeout(() => this.#begin(), 40);
  }

  changed(): void {
    const agent = this.#agent;
    if (agent === null) return;
    const summary = summaryOf(agent);
    this.state = {
      agentId: summary.agentId,
      agentUid: summary.agentUid,
      revision: ++this.#sequence,
      asOf: null,
      agent: summary,
      program: { command: agent.line[0], args: agent.line.slice(1) },
      workspace: `/srv/work/${agent.agentId}`,
      restart: 'on-failure',
      kind: agent.kind,
      terminal: agent.kind === 'terminal' ? this.#size : null,
      ...(agent.kind === 'terminal' ? { keyboard: fakeKeyboard() } : {}),
      commands: fakeCommands(agent.agentId),
    };
    this.#events.emit('state', this.state);
    this.#events.emit('presence', fakePresence(this.agentId));
  }

  input(data: string | Uint8Array): boolean {
    INPUTS.push(data);
    if (this.#agent?.scene !== 'shell' || typeof data !== 'string') return true;
    for (const key of data) this.#echo(key);
    return true;
  }

  endInput(): boolean {
    return true;
  }

  answer(data: string | Uint8Array): boolean {
    INPUTS.push(data);
    return true;
  }

  resize(cols: number, rows: number): void {
    this.#size = { cols, rows };
    setTimeout(() => {
      const event = { type: 'program:resized', cols, rows } as const;
      this.#events.emit('event', { epoch: EPOCH, sequence: ++this.#sequence, event, replayed: false });
      this.changed();
    }, 15);
  }

  request(type: string): Promise<{ messageId: string; success: true; result: Record<string, unknown> }> {
    if (type === 'conversation:join')
      for (const message of joinMessages()) this.#events.emit('conversation', message);
    return Promise.resolve({ messageId: '1', success: true, result: {} });
  }

  follow(): void {}

  reconnect(): void {}

  close(): void {
    clearInterval(this.#timer);
  }

  #begin(): void {
    const agent = this.#agent;
    if (agent === null) {
      this.#events.emit('gone', wireError('AGENT_NOT_FOUND', `no agent is called ${this.agentId}`));
      return;
    }
    this.connection = { name: 'connected', since: Date.now() };
    this.#events.emit('connection', this.connection);
    this.changed();
    if (agent.kind === 'acp') this.#events.emit('conversation', listMessage());
    this.#events.emit('replaying', true);
    this.#print(opening(agent.scene, this.#size.cols));
    this.#events.emit('replaying', false);
    emitCommands(this.agentId, (commandId, frames) =>
      this.#events.emit('commandOutput', { commandId, epoch: EPOCH, frames }),
    );
    if (agent.scene === 'logs') this.#timer = setInterval(() => this.#print(logLine(++this.#sequence)), 700);
    if (agent.scene === 'flood') this.#timer = setInterval(() => this.#flood(), FLOOD_EVERY_MS);
  }

  #flood(): void {
    const rate = Number(new URLSearchParams(location.search).get('rate') ?? FLOOD_BYTES_PER_S);
    this.#emit(flood(Math.round((rate * FLOOD_EVERY_MS) / 1000)));
  }

  #echo(key: string): void {
    if (key === '\r') {
      const said = this.#line === '' ? '' : `\r\nbash: ${this.#line}: it is only a fake`;
      this.#line = '';
      this.#print(`${said}\r\n\x1b[1;32mbuild-01\x1b[0m:\x1b[1;34m~/checkout\x1b[0m$ `);
    } else if (key === '\x7f') {
      if (this.#line !== '') this.#print('\b \b');
      this.#line = this.#line.slice(0, -1);
    } else {
      this.#line += key;
      this.#print(key);
    }
  }

  #print(text: string): void {
    this.#emit(encoder.encode(text));
  }

  #emit(data: Uint8Array): void {
    const sequence = ++this.#sequence;
    const frame = { sequence, data, stream: STREAM.stdout, time: Date.now(), commandSequence: 0 };
    this.#events.emit('output', { epoch: EPOCH, frames: [frame] });
  }
}
