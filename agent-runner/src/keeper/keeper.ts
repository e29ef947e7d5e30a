import {
  type AgentSpec,
  BATCH_VERSIONS,
  type CommandId,
  decodeInput,
  decodeToKeeper,
  encodeMessage,
  INPUT_VERSION,
  type KeeperMessage,
  type ProgramState,
  type StreamEvent,
  type ToKeeperMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { RunningProgram } from '../program/program.ts';
import { Alarm } from './alarm.ts';
import { Commands } from './commands.ts';
import type { KeeperDeps } from './deps.ts';
import { type Input, InputDesk, inputOf } from './input-desk.ts';
import { OwnRequests } from './own-requests.ts';
import { ProgramDesk } from './program-desk.ts';
import { RequestLog } from './requests.ts';
import { KeeperStream, type StreamEffect, type StreamInput } from './stream/stream.ts';
import { Terminals } from './terminals.ts';

type RequestMessage = Extract<ToKeeperMessage, { payload: { requestId: string } }>;
type Payload<T extends RequestMessage['type']> = Extract<RequestMessage, { type: T }>['payload'];
type Leaving = { readonly reason: string; readonly gone: () => void };

/** One agent: its program, its stream, its room. The shell: it translates between them and decides nothing. */
export class Keeper {
  readonly #deps: KeeperDeps;
  readonly #stream: KeeperStream;
  readonly #program: ProgramDesk;
  readonly #inputs: InputDesk;
  readonly #commands: Commands;
  readonly #terminals: Terminals;
  readonly #requests = new RequestLog();
  readonly #own = new OwnRequests();
  readonly #streamAlarm = new Alarm(() => this.#feed({ type: 'tick' }));
  #linked = false;
  #leaving: Leaving | null = null;
  /** When a program or the last command ended, or anything else became of them; ms since 1970. */
  #steppedAt: number;

  constructor(deps: KeeperDeps) {
    const { placement, version, spool, newEpoch } = deps;
    this.#deps = deps;
    this.#steppedAt = deps.now();
    const identity = {
      agentUid: placement.spec.agentUid,
      generation: placement.generation,
      version,
      batchVersions: [...BATCH_VERSIONS],
      inputVersions: [INPUT_VERSION],
      endsInput: true,
      answers: true,
    };
    this.#stream = new KeeperStream(spool, identity, newEpoch, deps.now());
    this.#inputs = new InputDesk(deps.now, () =>
      this.#linked ? (payload) => this.#say({ type: 'input:ack', payload }) : null,
    );
    this.#commands = new Commands({
      ...deps,
      spec: () => this.#program.spec,
      epoch: () => this.#stream.head.epoch,
      emit: (event) => this.#emit(event),
      output: (command, stream, data) => this.#terminals.printed(command, stream, data),
      idle: () => this.#stepped(),
    });
    this.#terminals = new Terminals(deps, this.#stream, {
      feed: (input) => this.#feed(input),
      reader: (command) => this.#reader(command),
    });
    this.#program = new ProgramDesk(deps, {
      output: (stream, data) => this.#terminals.printed(undefined, stream, data),
      exited: () => this.#exited(),
      emit: (event) => this.#emit(event),
      rowsUsed: () => this.#terminals.rowsUsed(),
      answer: (requestId, error) => this.#answer(requestId, error),
      // Muster's own stopping decides nothing about the program.
      wanted: (running, ended) => this.#leaving !== null || deps.wanted(running, ended),
      leaving: () => this.#leaving?.reason,
      stepped: () => this.#stepped(),
    });
  }

  get state(): ProgramState {
    return this.#program.state;
  }

  /** P11: since when nothing runs and nothing is due, ms since 1970; null: something is. */
  get atRestSince(): number | null {
    return this.#program.isAtRest && this.#commands.isIdle ? this.#steppedAt : null;
  }

  get linked(): boolean {
    return this.#linked;
  }

  /** Says how things stand when it begins. `lost`: why a program that ran is not running any more. */
  begin(lost: string | null): void {
    if (!this.#commands.begin(this.#deps.spool.found === 'intact')) {
      this.#feed({ type: 'journal-lost' });
      this.#commands.begin(false);
    }
    this.#program.begin(lost);
  }

  /** Resolves when the program runs, or to what was wrong. */
  start(): Promise<WireError | undefined> {
    return this.#own.make((requestId) => this.#program.supervise({ type: 'start', requestId, by: 'host' }));
  }

  /** A new spec applies at the program's next start. */
  update(spec: AgentSpec): void {
    this.#program.update(spec);
  }

  /** Resolves when the program is gone. A second call may add force. */
  leave(reason: string, force: boolean): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#leaving;
      const gone = () => {
        before?.gone();
        resolve();
      };
      this.#leaving = { reason, gone };
      this.#program.supervise({ type: 'terminate', force });
      this.#commands.leave(force);
      this.#checkGone();
    });
  }

  opened(): void {
    this.#feed({ type: 'link-up' });
  }

  lost(): void {
    this.#setLinked(false);
    this.#feed({ type: 'link-down' });
  }

  heard(text: string): void {
    const decoded = decodeToKeeper(text);
    if (decoded.ok) this.#obey(decoded.value.message);
    else this.#deps.log.warn({ error: decoded.error.error.message }, 'the room said something unknown');
  }

  /** I2: keys as a frame. */
  heardBytes(bytes: Uint8Array): void {
    const decoded = decodeInput(bytes);
    if (decoded.ok) this.#input(decoded.value);
    else this.#deps.log.warn({ error: decoded.error.message }, 'the room sent unknown bytes');
  }

  #obey(message: ToKeeperMessage): void {
    switch (message.type) {
      case 'room:welcome':
        this.#feed({ type: 'room', message });
        this.#commands.follow();
        this.#setLinked(true);
        return this.#inputs.sendAcks();
      case 'stream:ack':
      case 'stream:resend':
      case 'stream:fetch':
        return this.#feed({ type: 'room', message });
      case 'snapshot:request':
        return this.#terminals.requested();
      case 'program:input':
        return this.#input(inputOf(message.payload));
      case 'command:start':
      case 'command:interrupt':
        return this.#commands.take(message);
      default:
        return this.#request(message);
    }
  }

  #input(input: Input): void {
    const { commandId: command } = input;
    const passed = { ...input, data: this.#terminals.passing(input) };
    if (this.#inputs.take(passed, this.#reader(command))) this.#feed({ type: 'input', command });
  }

  #reader(command: CommandId | undefined): RunningProgram | null {
    return command === undefined ? this.#program.running : this.#commands.reader(command);
  }

  /** I1: once; a repeat is told the first result again. */
  #request(message: RequestMessage): void {
    const { requestId } = message.payload;
    const known = this.#requests.begin(requestId);
    if (known?.state === 'done') this.#answer(requestId, known.error);
    if (known !== null) return;
    if (this.#leaving !== null) {
      return this.#answer(requestId, wireError('INVALID_STATE', 'this keeper is ending'));
    }
    switch (message.type) {
      case 'program:start':
        return this.#program.supervise({ type: 'start', requestId });
      case 'program:pause':
        return this.#program.supervise({ type: 'pause', requestId });
      case 'program:resume':
        return this.#program.supervise({ type: 'resume', requestId });
      case 'program:terminate':
        return this.#program.supervise({ type: 'terminate', force: message.payload.force, requestId });
      case 'program:restart':
        return this.#program.restart(message.payload.force, requestId);
      case 'program:signal':
        return this.#answer(requestId, this.#signal(message.payload));
      case 'program:resize':
        return this.#answer(requestId, this.#resize(message.payload));
    }
  }

  #signal({ signal, commandId }: Payload<'program:signal'>): WireError | undefined {
    if (commandId !== undefined) return this.#commands.signal(commandId, signal);
    return this.#program.signal(signal);
  }

  #resize({ cols, rows, colors, commandId }: Payload<'program:resize'>): WireError | undefined {
    this.#terminals.drawnWith(commandId, colors);
    if (commandId !== undefined) return this.#commands.resize(commandId, { cols, rows });
    return this.#program.resize({ cols, rows });
  }

  #exited(): void {
    this.#feed({ type: 'output-ended' });
    this.#terminals.exited();
  }

  #stepped(): void {
    this.#steppedAt = this.#deps.now();
    this.#checkGone();
  }

  #checkGone(): void {
    if (this.#leaving === null || !this.#program.isGone || !this.#commands.isIdle) return;
    this.#program.rest();
    this.#terminals.close();
    this.#leaving.gone();
  }

  #answer(requestId: string, error: WireError | undefined): void {
    if (this.#own.answer(requestId, error)) return;
    this.#requests.finish(requestId, error);
    this.#emit({ type: 'request:done', requestId, ...(error === undefined ? {} : { error }) });
  }

  #emit(event: StreamEvent): void {
    this.#feed({ type: 'event', event });
    this.#terminals.follow(event);
  }

  #feed(input: StreamInput): void {
    this.#deps.busy(input.type === 'output');
    for (const effect of this.#stream.handle(input, this.#deps.now())) this.#transmit(effect);
  }

  #transmit(effect: StreamEffect): void {
    switch (effect.type) {
      case 'text':
        return this.#say(effect.message);
      case 'batch': {
        const { length } = effect.bytes;
        return this.#deps.link.sendBytes(effect.bytes, () => this.#feed({ type: 'drained', bytes: length }));
      }
      case 'timer':
        return this.#streamAlarm.set(effect.at, this.#deps.now());
      case 'disk':
        if (effect.full)
          this.#deps.log.error({}, 'the disk is full: output is lost and will be marked as a gap');
        else this.#deps.log.info({}, 'the disk takes output again');
    }
  }

  #say(message: KeeperMessage): void {
    this.#deps.link.sendText(encodeMessage(message));
  }

  #setLinked(linked: boolean): void {
    if (linked === this.#linked) return;
    this.#linked = linked;
    this.#deps.linked(linked);
  }
}
