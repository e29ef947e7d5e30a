import { createHash, randomUUID } from 'node:crypto';
import {
  type AgentPolicy,
  type AgentSpec,
  adapterOfProgram,
  type ConversationId,
  type HostAnswer,
  type PermissionId,
  permissionIdOf,
} from '@muster/protocol';
import { type AdapterProcess, startAdapter } from '../../acp/adapter.ts';
import {
  type Conversation,
  type CoreEffect,
  type CoreEvent,
  handle,
  isIdle,
  type Masker,
  newConversation,
  type WantedFile,
} from '../../acp/core/index.ts';
import { maskerOf, NO_SECRETS } from '../../acp/masker.ts';
import type { OwnerEnvironment } from '../../host/owner-environment.ts';
import { recordAfterStart, recordBeforeStart } from '../../program/orphaned-processes.ts';
import type { StartProgram } from '../../program/program.ts';
import { Alarm } from '../alarm.ts';
import { toLaunch } from '../launch.ts';
import { asWireError } from '../wire-error.ts';
import { adapterProblem } from './adapter-problem.ts';
import { placeIn } from './place-in.ts';
import type { TurnJournal } from './turn-journal.ts';
import { locateFile } from './workspace-files.ts';

type Update = Extract<CoreEffect, { type: 'update' }>['update'];
type Fetched = Extract<CoreEvent, { type: 'files-fetched' }>['fetched'];
type CoreEmit = Extract<CoreEffect, { type: 'event' }>['event'];

export interface LiveDeps {
  readonly version: string;
  readonly spec: () => AgentSpec;
  /** C9: as it is now. */
  readonly policy: () => AgentPolicy;
  readonly roots: () => readonly string[];
  readonly owner: () => OwnerEnvironment;
  readonly startProgram: StartProgram;
  readonly journal: TurnJournal;
  readonly now: () => number;
  readonly emit: (event: CoreEmit) => void;
  readonly update: (conversationId: ConversationId, update: Update) => void;
  readonly fetchFiles: (conversationId: ConversationId, files: readonly WantedFile[]) => Promise<Fetched>;
  readonly sessionsListed: (queryId: string, answer: HostAnswer) => void;
  /** C7: of all conversations of the agent. */
  readonly openRequests: () => number;
  /** It wants its adapter: `start` when there is a place. */
  readonly wantsAdapter: (live: LiveConversation) => void;
  /** An adapter has ended, or one became idle. */
  readonly placeFree: () => void;
}

/** One conversation and its adapter's process: feeds its core and performs what that decides. */
export class LiveConversation {
  readonly conversationId: ConversationId;
  readonly #deps: LiveDeps;
  readonly #state: Conversation;
  readonly #alarm = new Alarm(() => this.feed({ type: 'tick' }));
  #adapter: AdapterProcess | null = null;
  /** Grows with each start and stop: what an earlier adapter says is not heard. */
  #start = 0;
  /** Resolves when nothing of an earlier adapter is left. */
  #gone: Promise<void> = Promise.resolve();
  #masker: Masker = NO_SECRETS;
  #directory: string;
  /** Processes that the adapter had when it was ready (C4a). */
  #baseline: ReadonlySet<number> | null = null;
  /** Why it is ended by us; null: it is not. */
  #asked: string | null = null;

  constructor(conversationId: ConversationId, deps: LiveDeps) {
    const spec = deps.spec();
    const program = spec.program ?? { command: '', args: [] };
    this.conversationId = conversationId;
    this.#deps = deps;
    this.#directory = spec.workspace;
    const setup = {
      conversationId,
      command: [program.command, ...program.args],
      adapter: adapterOfProgram(program),
      version: deps.version,
    };
    this.#state = newConversation(setup, deps.now());
  }

  get adapter(): AdapterProcess | null {
    return this.#adapter;
  }

  /** It has an adapter, or one is being started. */
  get isUp(): boolean {
    return this.#state.phase !== 'none';
  }

  /** Its adapter takes prompts. */
  get isReady(): boolean {
    return this.#state.phase === 'ready';
  }

  /** Since when it is idle, ms since 1970; null: it works, or has no adapter. */
  get idleSince(): number | null {
    return isIdle(this.#state) ? this.#state.idleSince : null;
  }

  get asks(): number {
    return this.#state.requests.size;
  }

  get turnId(): string | null {
    return this.#state.turn?.turnId ?? null;
  }

  get openRequests(): readonly PermissionId[] {
    return [...this.#state.requests.keys()];
  }

  /** Resolves when nothing of its adapter is left. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  feed(event: CoreEvent): void {
    const context = {
      now: this.#deps.now(),
      permissionId: permissionIdOf(this.#deps.spec().agentId, randomUUID()),
      digest: sha256,
      directory: this.#directory,
      locate: (path: string) => locateFile(this.#directory, path),
      masker: this.#masker,
      policy: this.#deps.policy(),
      resolve: placeIn(this.#directory),
      askedElsewhere: this.#deps.openRequests() - this.#state.requests.size,
    };
    for (const effect of handle(this.#state, event, context)) this.#perform(effect);
    if (this.#state.phase === 'ready') this.#baseline ??= new Set(this.#adapter?.processes());
  }

  /** Called when there is a place for it. */
  start(): void {
    this.#start += 1;
    const number = this.#start;
    const before = this.#gone;
    this.#gone = before.then(() => this.#run(number));
  }

  /** Its adapter cannot be started, or is to end: `why` in a person's words. */
  refuse(why: Extract<CoreEvent, { type: 'adapter-refused' }>['error']): void {
    this.feed({ type: 'adapter-refused', error: why });
  }

  /** The agent is being ended, not this conversation: said when the adapter is gone. */
  endingBecause(why: string): void {
    this.#asked = why;
  }

  close(): void {
    this.#alarm.set(null, 0);
  }

  /** From the adapter's start until nothing of it is left. */
  async #run(number: number): Promise<void> {
    if (number !== this.#start) return;
    const tag = randomUUID();
    const { journal } = this.#deps;
    let ended: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const isCurrent = () => number === this.#start;
    try {
      const spec = this.#launchSpec();
      const { kind: _, ...launch } = toLaunch(spec, this.#deps.roots(), this.#deps.owner());
      this.#directory = launch.directory;
      this.#masker = maskerOf(spec, launch.environment);
      this.#baseline = null;
      this.#asked = null;
      const record = recordBeforeStart(tag);
      journal.adapterStarts(tag, record);
      const adapter = await startAdapter(
        this.#deps.startProgram,
        { ...launch, tag },
        {
          line: (json) => isCurrent() && this.feed({ type: 'line', json }),
          garbage: (text, bytes) => isCurrent() && this.feed({ type: 'garbage', text, bytes }),
          exited: (how, said) => {
            if (isCurrent()) this.#exited(how, said);
            ended();
          },
        },
      );
      journal.adapterStarts(tag, recordAfterStart(record, adapter.program.pid));
      if (isCurrent()) {
        this.#adapter = adapter;
        this.feed({ type: 'adapter-started', incarnation: randomUUID().slice(0, 8) });
      } else void adapter.program.terminate({ force: true }).catch(() => {});
      await end;
      await adapter.program.terminate({ force: false }).catch(() => {});
    } catch (error) {
      if (isCurrent()) this.refuse(asWireError(adapterProblem(error, this.#deps.spec().program)));
    }
    journal.adapterEnded(tag);
    this.#deps.placeFree();
  }

  /** The adapter's own variables stand under the agent's. */
  #launchSpec(): AgentSpec {
    const spec = this.#deps.spec();
    return {
      ...spec,
      kind: 'process',
      environment: { ...this.#state.adapter?.environment, ...spec.environment },
    };
  }

  #exited(how: string, said: string): void {
    this.#adapter = null;
    this.feed({ type: 'adapter-exited', how, said, asked: this.#asked });
  }

  #perform(effect: CoreEffect): void {
    switch (effect.type) {
      case 'write':
        return this.#adapter?.write(effect.json);
      case 'update':
        return this.#deps.update(this.conversationId, effect.update);
      case 'event':
        return this.#deps.emit(effect.event);
      case 'turn-over':
        this.#deps.journal.finish(effect.turnId);
        return this.#deps.placeFree();
      case 'fetch-files':
        return this.#fetchFiles(effect.turnId, effect.files);
      case 'sessions-listed':
        return this.#deps.sessionsListed(effect.queryId, effect.answer);
      case 'start':
        return this.#deps.wantsAdapter(this);
      case 'stop':
        return this.#stop();
      case 'idle':
        return this.#restIfQuiet();
      case 'timer':
        return this.#alarm.set(effect.at, this.#deps.now());
    }
  }

  #fetchFiles(turnId: string, files: readonly WantedFile[]): void {
    void this.#deps
      .fetchFiles(this.conversationId, files)
      .then((fetched) => this.feed({ type: 'files-fetched', turnId, fetched }));
  }

  #stop(): void {
    this.#start += 1;
    const adapter = this.#adapter;
    this.#adapter = null;
    void adapter?.program.terminate({ force: false }).catch(() => {});
  }

  /** C4a: what it started, and still runs, keeps it. */
  #restIfQuiet(): void {
    const started = this.#adapter?.processes() ?? [];
    if (started.every((pid) => this.#baseline?.has(pid) ?? true))
      queueMicrotask(() => this.feed({ type: 'rest' }));
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
