import type { MusterClient } from '@muster/client';
import type { MemberClient as Client, ViewerPayload } from '@muster/protocol';
import { failureOf } from '../agents/failure.ts';
import { mergeSummary } from '../agents/merge.ts';
import type { App } from '../connection/app.svelte.ts';
import type { InputDecision, TerminalScreen } from '../terminal/screen.svelte.ts';
import { type DriverStatus, driverStatusOf, mayDrive, type Self } from './driver-status.ts';
import { type InputBlock, inputBlockOf } from './input-block.ts';

type Request = 'driver:request' | 'driver:release' | 'driver:grant' | 'driver:decline';

type Keys = string | Uint8Array;

/** Keys queued while the request is under way: one round trip. */
const MAX_QUEUED = 256;

/** B9: the driver of one terminal, as this page sees it, and the requests about it. */
export class DriverController {
  /** A request is under way. */
  pending = $state(false);
  /** Why the last request failed. */
  failure = $state<string | null>(null);
  /** Input was dropped: another client drives, or it could not be sent. */
  inputDropped = $state(false);
  readonly screen: TerminalScreen;
  readonly self: Self = $derived.by(() => ({ clientId: this.#client.clientId, member: this.#app.member }));
  readonly status: DriverStatus = $derived.by(() =>
    driverStatusOf(this.screen.watch.state?.keyboard, this.self),
  );
  /** Why no input can be sent from here; null: it can. */
  readonly blocked: InputBlock | null = $derived.by(() => {
    const { agentId, connection, state } = this.screen.watch;
    const listed = this.#app.agents.find((known) => known.agentId === agentId);
    return inputBlockOf(connection.name, mergeSummary(listed, state?.agent));
  });
  /** Keys typed since this page asked to drive and before the room has answered. */
  #queued: Keys[] | null = null;
  readonly #client: MusterClient;
  readonly #app: App;

  constructor(client: MusterClient, app: App, screen: TerminalScreen) {
    this.#client = client;
    this.#app = app;
    this.screen = screen;
    screen.gate = (data) => this.#decide(data);
    screen.able = () => this.#mayDrive;
  }

  /** Asks to drive; between one person's pages nobody is asked. Keys typed meanwhile are sent once this page drives. */
  async ask(take = this.status.name === 'own'): Promise<void> {
    const held: Keys[] = [];
    if (take) this.#queued = held;
    await this.#request('driver:request', take ? { take } : {});
    this.#queued = null;
    if (this.status.name === 'here') for (const keys of held) this.screen.type(keys);
  }

  /** The page that starts a program drives it at first, unless another client drives (X6). */
  async askIfFree(): Promise<void> {
    if (this.status.name === 'free' && mayDrive(this.self)) await this.ask();
  }

  release(): Promise<void> {
    return this.#request('driver:release', {});
  }

  grant({ clientId, memberId }: Client): Promise<void> {
    return this.#request('driver:grant', { clientId, memberId });
  }

  decline({ clientId, memberId }: Client): Promise<void> {
    return this.#request('driver:decline', { clientId, memberId });
  }

  /** X5: true until the member is known. */
  get #mayDrive(): boolean {
    return this.self.member === null || mayDrive(this.self);
  }

  /** A viewer's keys are dropped. Enter asks to drive, for those without a mouse; other keys only show how. */
  #decide(data: Keys): InputDecision {
    if (this.#queued !== null) {
      if (this.#queued.length >= MAX_QUEUED) return 'never';
      this.#queued.push(data);
      return 'later';
    }
    const able = this.#mayDrive;
    if (this.blocked !== null) {
      this.inputDropped = true;
      return 'never';
    }
    if (able && this.screen.watch.driven !== 'elsewhere') return 'now';
    this.inputDropped = true;
    if (data === '\r' && able && !this.pending) void this.ask();
    return 'never';
  }

  async #request<T extends Request>(type: T, payload: Omit<ViewerPayload<T>, 'agentId'>): Promise<void> {
    this.pending = true;
    this.failure = null;
    try {
      const { agentId } = this.screen.watch;
      // Every one of these names its agent, and nothing else is left out of the payload.
      await this.#client.request(type, { ...payload, agentId } as ViewerPayload<T>, { timeout: 10_000 });
      this.inputDropped = false;
    } catch (reason) {
      this.failure = failureOf(reason).message;
    } finally {
      this.pending = false;
    }
  }
}
