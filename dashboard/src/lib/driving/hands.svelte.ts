import type { MusterClient } from '@muster/client';
import type { Hands as Page, ViewerPayload } from '@muster/protocol';
import { failureOf } from '../agents/failure.ts';
import type { App } from '../connection/app.svelte.ts';
import type { Passage, TerminalScreen } from '../terminal/screen.svelte.ts';
import { mayDrive, type Self, type Standing, standingOf } from './standing.ts';

type Request = 'driver:request' | 'driver:release' | 'driver:grant' | 'driver:decline';

type Keys = string | Uint8Array;

/** Keys held while the keyboard is taken: a way to the server and back. */
const MAX_HELD = 256;

/** B9: one terminal's keyboard as this page has it: who drives, and the buttons about it. */
export class Hands {
  /** A request is under way. */
  pending = $state(false);
  /** Why the last one failed. */
  failure = $state<string | null>(null);
  /** Somebody typed here while another drives. */
  typedInVain = $state(false);
  readonly screen: TerminalScreen;
  readonly self: Self = $derived.by(() => ({ clientId: this.#client.clientId, member: this.#app.member }));
  readonly standing: Standing = $derived.by(() => standingOf(this.screen.watch.state?.keyboard, this.self));
  /** Keys typed since the keyboard was taken and before the room has said so. */
  #held: Keys[] | null = null;
  readonly #client: MusterClient;
  readonly #app: App;

  constructor(client: MusterClient, app: App, screen: TerminalScreen) {
    this.#client = client;
    this.#app = app;
    this.screen = screen;
    screen.gate = (data) => this.#lets(data);
    screen.able = () => this.#able;
  }

  /** A person's own pages do not ask one another. What is typed while the keyboard is taken is for the program. */
  async ask(take = this.standing.name === 'own'): Promise<void> {
    const held: Keys[] = [];
    if (take) this.#held = held;
    await this.#request('driver:request', take ? { take } : {});
    this.#held = null;
    if (this.standing.name === 'here') for (const keys of held) this.screen.type(keys);
  }

  /** Whoever starts a program answers its first questions, unless somebody else drives (X6). */
  async askIfFree(): Promise<void> {
    if (this.standing.name === 'free' && mayDrive(this.self)) await this.ask();
  }

  release(): Promise<void> {
    return this.#request('driver:release', {});
  }

  grant({ clientId, memberId }: Page): Promise<void> {
    return this.#request('driver:grant', { clientId, memberId });
  }

  decline({ clientId, memberId }: Page): Promise<void> {
    return this.#request('driver:decline', { clientId, memberId });
  }

  /** X5: as far as it is known who this is. */
  get #able(): boolean {
    return this.self.member === null || mayDrive(this.self);
  }

  /** An observer's keys go nowhere. Enter is the way to the keyboard without a mouse; others only point at it. */
  #lets(data: Keys): Passage {
    if (this.#held !== null) {
      if (this.#held.length >= MAX_HELD) return 'never';
      this.#held.push(data);
      return 'later';
    }
    const able = this.#able;
    if (able && this.screen.watch.driven !== 'elsewhere') return 'now';
    this.typedInVain = true;
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
      this.typedInVain = false;
    } catch (reason) {
      this.failure = failureOf(reason).message;
    } finally {
      this.pending = false;
    }
  }
}
