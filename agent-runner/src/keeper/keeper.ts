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
import { HeldPolicy } from './agent-policy.ts';
import { Alarm } from './alarm.ts';
import { Commands } from './commands.ts';
import { Conversations } from './conversations.ts';
import type { KeeperDeps } from './deps.ts';
import { Hooks } from './hooks.ts';
import { type Input, InputHandler, inputOf } from './input-handler.ts';
import { LocalRequests } from './local-requests.ts';
import { ProgramController } from './program-controller.ts';
import { RequestLog } from './request-log.ts';
import { KeeperStream, type StreamEffect, type StreamInput } from './stream/stream.ts';
import { Terminals } from './terminals.ts';

type RequestMessage = Extract<ToKeeperMessage, { payload: { requestId: string } }>;
type Payload<T extends RequestMessage['type']> = Extract<RequestMessage, { type: T }>['payload'];
type Shutdown = { readonly reason: string; readonly gone: () => void };

/** One agent: its program, its stream and its room. The shell: it translates between them and decides nothing. */
export class Keeper {
  readonly #deps: KeeperDeps;
  readonly #stream: KeeperStream;
  readonly #program: ProgramController;
  readonly #inputs: InputHandler;
  readonly #commands: Commands;
  readonly #policy: HeldPolicy;
  readonly #conversations: Conversations;
  readonly #terminals: Terminals;
  readonly hooks: Hooks;
  readonly #requests = new RequestLog();
  readonly #localRequests = new LocalRequests();
  readonly #streamAlarm = new Alarm(() => this.#feed({ type: 'tick' }));
  #linked = false;
  /** C13b: as it said when it was last met. */
  #roomTakesHooks = false;
  #shutdown: Shutdown | null = null;
  /** When a program or the last command ended, or anything else became of them; ms since 1970. */
  #changedAt: number;

  constructor(deps: KeeperDeps) {
    const { placement, version, spool, newEpoch } = deps;
    this.#deps = deps;
    this.#policy = new HeldPolicy(deps.policyFile, deps.log);
    this.#changedAt = deps.now();
    const identity = {
      agentUid: placement.spec.agentUid,
      generation: placement.generation,
      version,
      batchVersions: [...BATCH_VERSIONS],
      inputVersions: [INPUT_VERSION],
      endsInput: true,
      answers: true,
      openRequests: () => [...this.#conversations.openRequests, ...this.hooks.openRequests],
      policy: () => this.#policy.revision,
    };
    this.#conversations = new Conversations(deps, {
      spec: () => this.#program.spec,
      policy: () => this.#policy.current,
      emit: (event) => this.#emit(event),
      answer: (requestId, error) => this.#answer(requestId, error),
      update: (conversation, data) => this.#feed({ type: 'update', conversation, data }),
      changed: () => this.#changed(),
      send: (message) => this.#send(message),
    });
    this.hooks = new Hooks(deps, {
      spec: () => this.#program.spec,
      isReachable: () => this.#linked && this.#roomTakesHooks,
      emit: (event) => this.#emit(event),
      signal: (signal) => this.#terminals.handleSignal(signal),
    });
    this.#stream = new KeeperStream(spool, identity, newEpoch, deps.now());
    this.#inputs = new InputHandler(deps.now, () =>
      this.#linked ? (payload) => this.#send({ type: 'input:ack', payload }) : null,
    );
    this.#commands = new Commands({
      ...deps,
      spec: () => this.#program.spec,
      epoch: () => this.#stream.head.epoch,
      emit: (event) => this.#emit(event),
      output: (command, stream, data) => this.#terminals.handleOutput(command, stream, data),
      idle: () => this.#changed(),
    });
    this.#terminals = new Terminals(deps, this.#stream, {
      feed: (input) => this.#feed(input),
      emit: (event) => this.#emit(event),
      reader: (command) => this.#reader(command),
    });
    const { startProgram } = this.#conversations;
    this.#program = new ProgramController(
      { ...deps, startProgram },
      {
        output: (stream, data) => this.#terminals.handleOutput(undefined, stream, data),
        exited: () => this.#exited(),
        emit: (event) => this.#emit(event),
        rowsUsed: () => this.#terminals.rowsUsed(),
        answer: (requestId, error) => this.#answer(requestId, error),
        // Muster's own stopping decides nothing about the program.
        recordWanted: (running, ended) => this.#shutdown !== null || deps.recordWanted(running, ended),
        shutdownReason: () => this.#shutdown?.reason,
        changed: () => this.#changed(),
      },
    );
  }

  get state(): ProgramState {
    return this.#program.state;
  }

  /** P11: when the keeper became idle, ms since 1970; null: something runs or is due. */
  get atRestSince(): number | null {
    return this.#program.isAtRest && this.#commands.isIdle ? this.#changedAt : null;
  }

  get linked(): boolean {
    return this.#linked;
  }

  /** Reports the initial state. `lost`: why a program that ran is not running any more. */
  begin(linkLost: string | null): void {
    if (!this.#commands.begin(this.#deps.spool.found === 'intact')) {
      this.#feed({ type: 'journal-lost' });
      this.#commands.begin(false);
    }
    this.#conversations.begin();
    this.#program.begin(linkLost);
  }

  /** Resolves when the program runs, or to what was wrong. */
  start(): Promise<WireError | undefined> {
    return this.#localRequests.create((requestId) =>
      this.#program.supervise({ type: 'start', requestId, by: 'host' }),
    );
  }

  /** A new spec applies at the program's next start. */
  update(spec: AgentSpec): void {
    this.#program.update(spec);
  }

  /** Resolves when the program is gone. A second call may add force. */
  shutDown(reason: string, force: boolean): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#shutdown;
      const gone = () => {
        before?.gone();
        resolve();
      };
      this.#shutdown = { reason, gone };
      this.#program.supervise({ type: 'terminate', force });
      this.#commands.shutDown(force);
      this.#checkGone();
    });
  }

  linkOpened(): void {
    this.#feed({ type: 'link-up' });
  }

  lost(): void {
    this.#setLinked(false);
    this.#feed({ type: 'link-down' });
  }

  handleMessage(text: string): void {
    const decoded = decodeToKeeper(text);
    if (decoded.ok) this.#dispatch(decoded.value.message);
    else this.#deps.log.warn({ error: decoded.error.error.message }, 'the room sent an unknown message');
  }

  /** I2: keys as a frame. */
  handleBytes(bytes: Uint8Array): void {
    const decoded = decodeInput(bytes);
    if (decoded.ok) this.#input(decoded.value);
    else this.#deps.log.warn({ error: decoded.error.message }, 'the room sent unknown bytes');
  }

  #dispatch(message: ToKeeperMessage): void {
    switch (message.type) {
      case 'room:welcome':
        this.#feed({ type: 'room', message });
        this.#commands.followEpoch();
        this.#roomTakesHooks = message.payload.hooks === true;
        this.#setLinked(true);
        this.#conversations.linked();
        return this.#inputs.sendAcks();
      case 'stream:ack':
      case 'stream:resend':
      case 'stream:fetch':
        return this.#feed({ type: 'room', message });
      case 'snapshot:request':
        return this.#terminals.snapshotRequested();
      case 'program:input':
        return this.#input(inputOf(message.payload));
      case 'command:start':
      case 'command:interrupt':
        return this.#commands.handle(message);
      case 'policy:set':
        return this.#policy.replace(message.payload);
      case 'conversation:open':
      case 'conversation:prompt':
      case 'conversation:steer':
      case 'conversation:cancel':
      case 'conversation:close':
      case 'conversation:flush':
        return this.#conversations.handle(message);
      case 'request:decide':
        return this.#decide(message);
      case 'file:part':
      case 'file:gone':
      case 'host:query':
        return this.#conversations.handleAsked(message);
      default:
        return this.#request(message);
    }
  }

  /** An agent of the kind `acp` asks in conversations only. */
  #decide(message: Extract<ToKeeperMessage, { type: 'request:decide' }>): void {
    const { permissionId, decision } = message.payload;
    if (this.#deps.placement.spec.kind === 'acp') this.#conversations.handle(message);
    else this.hooks.decide(permissionId, decision);
  }

  #input(input: Input): void {
    const { commandId: command } = input;
    const passed = { ...input, data: this.#terminals.filterInput(input) };
    if (!this.#inputs.handle(passed, this.#reader(command))) return;
    this.#feed({ type: 'input', command });
    this.#terminals.inputWritten(passed);
  }

  #reader(command: CommandId | undefined): RunningProgram | null {
    return command === undefined ? this.#program.running : this.#commands.reader(command);
  }

  /** I1: handled once; a repeat gets the first result again. */
  #request(message: RequestMessage): void {
    const { requestId } = message.payload;
    const known = this.#requests.begin(requestId);
    if (known?.state === 'done') this.#answer(requestId, known.error);
    if (known !== null) return;
    if (this.#shutdown !== null) {
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
      case 'conversation:configure':
      case 'conversation:sign-in':
        return this.#conversations.handle(message);
    }
  }

  #signal({ signal, commandId }: Payload<'program:signal'>): WireError | undefined {
    if (commandId !== undefined) return this.#commands.signal(commandId, signal);
    return this.#program.signal(signal);
  }

  #resize({ cols, rows, colors, commandId }: Payload<'program:resize'>): WireError | undefined {
    this.#terminals.setColors(commandId, colors);
    if (commandId !== undefined) return this.#commands.resize(commandId, { cols, rows });
    return this.#program.resize({ cols, rows });
  }

  #exited(): void {
    this.#feed({ type: 'output-ended' });
    this.#terminals.programExited();
  }

  #changed(): void {
    this.#changedAt = this.#deps.now();
    this.#checkGone();
  }

  #checkGone(): void {
    if (this.#shutdown === null || !this.#program.isGone || !this.#commands.isIdle) return;
    this.#program.cancelRestart();
    this.#terminals.close();
    this.#shutdown.gone();
  }

  #answer(requestId: string, error: WireError | undefined): void {
    if (this.#localRequests.answer(requestId, error)) return;
    this.#requests.finish(requestId, error);
    this.#emit({ type: 'request:done', requestId, ...(error === undefined ? {} : { error }) });
  }

  #emit(event: StreamEvent): void {
    this.#feed({ type: 'event', event });
    this.#terminals.handleEvent(event);
  }

  #feed(input: StreamInput): void {
    this.#deps.onActivity(input.type === 'output' || input.type === 'update');
    for (const effect of this.#stream.handle(input, this.#deps.now())) this.#perform(effect);
  }

  #perform(effect: StreamEffect): void {
    switch (effect.type) {
      case 'text':
        return this.#send(effect.message);
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

  #send(message: KeeperMessage): void {
    this.#deps.link.sendText(encodeMessage(message));
  }

  #setLinked(linked: boolean): void {
    if (linked === this.#linked) return;
    this.#linked = linked;
    this.#deps.onLinkChange(linked);
  }
}
