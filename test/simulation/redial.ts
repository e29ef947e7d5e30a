import {
  type ConnectionEvent,
  handleConnection,
  newConnection,
  STABLE_MS,
  VIEWER_CONNECTION,
} from '@muster/client/connection';
import { isTerminalClose } from '@muster/protocol';
import type { Checks } from './checks.ts';
import type { Random } from './random.ts';

/** M9 in figures of its own, ms. */
export const FIRST_RETRY_MS = 500;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
const JITTER = 0.2;

/** M9: when a client dials again, by its real core, and what that may be. */
export class Redial {
  private readonly connection = newConnection();
  private readonly checks: Checks;
  private readonly random: Random;
  /** Tries in a row that came to nothing, counted from outside. */
  private failed = 0;
  private since: number | null = null;

  constructor(checks: Checks, random: Random) {
    this.checks = checks;
    this.random = random;
    this.step({ type: 'start' }, 0);
  }

  /** Whether it dials now. */
  get dials(): boolean {
    return this.connection.phase.name === 'dialling';
  }

  /** When it will, ms; null: not by itself. */
  get dueAt(): number | null {
    const { phase } = this.connection;
    return phase.name === 'waiting' ? phase.retryAt : null;
  }

  opened(now: number): void {
    this.since = now;
    this.step({ type: 'opened', dial: this.connection.dial }, now);
  }

  lost(code: number, now: number): void {
    const stood = this.since !== null && now - this.since >= STABLE_MS;
    this.failed = stood ? 1 : this.failed + 1;
    this.since = null;
    this.step({ type: 'lost', dial: this.connection.dial, code }, now, this.random.next());
    const { failed } = this;
    const { phase } = this.connection;
    if (phase.name === 'closed') return;
    this.checks.hold(
      'M9',
      isTerminalClose(code)
        ? phase.name === 'refused'
        : phase.name === 'waiting' && isInTime(phase.retryAt - now, failed),
      () => `after close ${code} and ${failed} tries it is ${JSON.stringify(phase)} at ${now}`,
    );
  }

  /** The page is closed. */
  close(now: number): void {
    this.step({ type: 'close', withinMs: 0 }, now);
  }

  due(now: number): void {
    if (this.connection.phase.name === 'waiting') this.step({ type: 'tick' }, now);
  }

  /** A person asks for a try at once; what was refused stays so. */
  now(now: number): void {
    if (this.connection.phase.name === 'waiting') this.step({ type: 'retry' }, now);
  }

  /** `random` is drawn for each loss, so that a seed is the same world whatever the core does with it. */
  private step(event: ConnectionEvent, now: number, random = 0): void {
    const context = { now, serverNow: now, random: () => random, options: VIEWER_CONNECTION };
    handleConnection(this.connection, event, context);
  }
}

function isInTime(delay: number, tries: number): boolean {
  if (tries === 1) return delay >= 0 && delay <= FIRST_RETRY_MS;
  const wanted = RETRY_MS[Math.min(tries - 2, RETRY_MS.length - 1)] ?? 0;
  return delay >= wanted * (1 - JITTER) && delay <= wanted * (1 + JITTER);
}
