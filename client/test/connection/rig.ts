import { isTerminalClose } from '@muster/protocol';
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionOptions,
  connectionDeadline,
  handleConnection,
  newConnection,
  VIEWER_CONNECTION,
} from '../../src/connection/index.ts';

/** As a host has it: some codes end it, one waits for a new key, others are tried again rarely. */
export const HOST: ConnectionOptions = {
  ...VIEWER_CONNECTION,
  handshakeMs: 15_000,
  provenBy: 'message',
  actionOnClose: (code) => {
    if (code === 4409) return 'end';
    if (code === 4403) return 'wait';
    return isTerminalClose(code) ? 'retry-rarely' : 'retry';
  },
};

/** A connection beside a world that has a clock, and sockets that do what a test says. */
export class ConnectionRig {
  readonly connection = newConnection();
  readonly effects: ConnectionEffect[] = [];
  /** The dials whose sockets are open or on their way. */
  readonly sockets = new Set<number>();
  /** When each dial began, ms. */
  readonly dials: number[] = [];
  now = 0;
  random = 0.5;
  readonly #options: ConnectionOptions;

  constructor(options: Partial<ConnectionOptions> = {}) {
    this.#options = { ...VIEWER_CONNECTION, ...options };
  }

  get phase(): string {
    return this.connection.phase.name;
  }

  get deadline(): number | null {
    return connectionDeadline(this.connection);
  }

  /** Hands events in and returns what is to be done for them. */
  take(...events: readonly ConnectionEvent[]): ConnectionEffect[] {
    const out: ConnectionEffect[] = [];
    for (const event of events) {
      if (event.type === 'lost') this.sockets.delete(event.dial);
      const context = {
        now: this.now,
        serverNow: this.now,
        random: () => this.random,
        options: this.#options,
      };
      for (const effect of handleConnection(this.connection, event, context)) {
        if (effect.type === 'dial') {
          this.sockets.add(effect.dial);
          this.dials.push(this.now);
        } else if (effect.type === 'hang-up') this.sockets.delete(effect.dial);
        out.push(effect);
      }
    }
    this.effects.push(...out);
    return out;
  }

  /** Lets time pass; the timer rings when it is due. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let at = this.deadline; at !== null && at <= until; at = this.deadline) {
      this.now = Math.max(this.now, at);
      this.take({ type: 'tick' });
    }
    this.now = until;
  }

  open(): void {
    this.take({ type: 'opened', dial: this.connection.dial });
  }

  receive(isMessage = true): void {
    this.take({ type: 'received', dial: this.connection.dial, isMessage });
  }

  lose(code = 1006): ConnectionEffect[] {
    return this.take({ type: 'lost', dial: this.connection.dial, code });
  }

  /** Starts, and is let in. */
  static connected(options: Partial<ConnectionOptions> = {}): ConnectionRig {
    const rig = new ConnectionRig(options);
    rig.take({ type: 'start' });
    rig.open();
    return rig;
  }
}
