import type { Outcome } from '@muster/client/sync';
import type { Ack, ErrorCode } from '@muster/protocol';
import { ROOM_LIMITS } from '../../worker/src/agent-room/core/limits.ts';
import { LOBBY } from '../../worker/src/team-lobby/core/limits.ts';
import type { Checks } from './checks.ts';

/** I1: how long an object remembers a request that it has answered, ms. */
const MEMORY = Math.min(LOBBY.ackMemory, ROOM_LIMITS.requestMemory);

interface Asked {
  outcomes: number;
  ack: Ack | null;
  reused: boolean;
  /** When it was first sent, ms. */
  sentAt: number | null;
}

/** I1 from outside: one outcome for each request, one ack however often it is told, one act. Ids are unique in a world. */
export class RequestOracle {
  private readonly checks: Checks;
  private readonly requests = new Map<string, Asked>();
  private readonly acts = new Map<string, string>();
  private readonly done = new Set<string>();

  constructor(checks: Checks) {
    this.checks = checks;
  }

  asked(id: string): void {
    this.requests.set(id, { outcomes: 0, ack: null, reused: false, sentAt: null });
  }

  /** It goes out, for the first time or again; when it first did. */
  sent(id: string, now: number): number {
    const request = this.requests.get(id);
    const first = request?.sentAt ?? now;
    if (request !== undefined) request.sentAt = first;
    this.checks.hold('I1', now - first < MEMORY, () => `${id} is repeated after ${now - first} ms`);
    return first;
  }

  /** From now on the id is refused, for the payload that is another. Null: it may be forgotten, and is left alone. */
  reused(id: string, now: number): number | null {
    const request = this.requests.get(id);
    if (request?.sentAt === undefined || request.sentAt === null) return null;
    if (now - request.sentAt >= MEMORY) return null;
    request.reused = true;
    return request.sentAt;
  }

  succeeded(id: string): boolean {
    return this.requests.get(id)?.ack?.success === true;
  }

  /** `outcome`: why it failed; null: it was answered. */
  settled(id: string, outcome: Outcome | null): void {
    const request = this.requests.get(id);
    if (request !== undefined) request.outcomes += 1;
    this.checks.hold('I1', request?.outcomes === 1, () => `${id} has ${request?.outcomes} outcomes`);
    if (outcome === null) return;
    const unknown = request?.sentAt !== null;
    this.checks.hold(
      'I1',
      (outcome === 'unknown') === unknown,
      () => `${id}, sent: ${unknown}, is ${outcome}`,
    );
  }

  acked(ack: Ack): void {
    const request = this.requests.get(ack.messageId);
    const refused = request?.reused === true && ack.error?.code === 'INVALID_MESSAGE';
    if (refused || isPassing(ack)) return;
    const before = request?.ack ?? ack;
    // The lobby does not remember such a refusal, so a repeat may be refused for the other reason. After any other
    // answer it would be a second outcome.
    if (isRefusedAtOnce(before) && isRefusedAtOnce(ack)) return;
    this.checks.hold(
      'I1',
      before.success === ack.success && before.error?.code === ack.error?.code,
      () => `${JSON.stringify(ack)} after ${JSON.stringify(before)}`,
    );
    if (request !== undefined) request.ack = ack;
  }

  /** What an object decided to do for a request: `act` is the same however often it is asked. */
  decided(key: string, act: string): void {
    const before = this.acts.get(key) ?? act;
    this.acts.set(key, act);
    this.checks.hold('I1', before === act, () => `${key} is done as ${before} and as ${act}`);
  }

  /** It is done on the host, by one life of its keeper. */
  acted(life: string, act: string): void {
    const once = `${life} ${act}`;
    this.checks.hold('I1', !this.done.has(once), () => `${act} is done twice`);
    this.done.add(once);
  }
}

/** A refusal that changed nothing is not remembered: trying again later is meant to work. */
const isPassing = ({ error }: Ack) =>
  error !== undefined && (PASSING.includes(error.code) || error.details?.['outcome'] === 'unknown');
/** A create that is refused before it is under way changed nothing either. */
const isRefusedAtOnce = ({ error }: Ack) => error?.code === 'AGENT_EXISTS' || error?.code === 'HOST_OFFLINE';
const PASSING: readonly ErrorCode[] = [
  'AGENT_OFFLINE',
  'QUEUE_FULL',
  'RATE_LIMIT',
  'INVALID_STATE',
  'COMMAND_NOT_FOUND',
];
