import { DIALLING, type LinkState, STABLE_MS, stepLink } from '@muster/client/sync';
import { isTerminalClose } from '@muster/protocol';
import type { Checks } from './checks.ts';
import type { Random } from './random.ts';

/** M9 in figures of its own, ms. */
export const FIRST_RETRY_MS = 500;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
const JITTER = 0.2;

/** M9: when a client dials again, by its real core, and what that may be. */
export class Redial {
  private state: LinkState = DIALLING;
  private readonly checks: Checks;
  private readonly random: Random;
  /** Tries in a row that came to nothing, counted from outside. */
  private failed = 0;
  private since: number | null = null;

  constructor(checks: Checks, random: Random) {
    this.checks = checks;
    this.random = random;
  }

  /** Whether it dials now. */
  get dials(): boolean {
    return this.state.name === 'connecting';
  }

  /** When it will, ms; null: not by itself. */
  get dueAt(): number | null {
    return this.state.name === 'waiting' ? this.state.retryAt : null;
  }

  opened(now: number): void {
    this.since = now;
    this.state = stepLink(this.state, { type: 'opened' }, now);
  }

  lost(code: number, now: number): void {
    const stood = this.since !== null && now - this.since >= STABLE_MS;
    this.failed = stood ? 1 : this.failed + 1;
    this.since = null;
    this.state = stepLink(this.state, { type: 'lost', code, random: this.random.next() }, now);
    const { state, failed } = this;
    if (state.name === 'closed') return;
    this.checks.hold(
      'M9',
      isTerminalClose(code)
        ? state.name === 'refused'
        : state.name === 'waiting' && isInTime(state.retryAt - now, failed),
      () => `after close ${code} and ${failed} tries it is ${JSON.stringify(state)} at ${now}`,
    );
  }

  /** The page is closed. */
  close(now: number): void {
    this.state = stepLink(this.state, { type: 'close' }, now);
  }

  due(now: number): void {
    this.state = stepLink(this.state, { type: 'due' }, now);
  }

  /** A person asks for a try at once; what was refused stays so. */
  now(now: number): void {
    if (this.state.name === 'waiting') this.state = stepLink(this.state, { type: 'now' }, now);
  }
}

function isInTime(delay: number, tries: number): boolean {
  if (tries === 1) return delay >= 0 && delay <= FIRST_RETRY_MS;
  const wanted = RETRY_MS[Math.min(tries - 2, RETRY_MS.length - 1)] ?? 0;
  return delay >= wanted * (1 - JITTER) && delay <= wanted * (1 + JITTER);
}
