import type { Ack, ErrorCode } from '@muster/protocol';
import type { Checks } from './checks.ts';

interface Asked {
  outcomes: number;
  ack: Ack | null;
  reused: boolean;
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
    this.requests.set(id, { outcomes: 0, ack: null, reused: false });
  }

  /** From now on the id is refused, for the payload that is another. */
  reused(id: string): void {
    const request = this.requests.get(id);
    if (request !== undefined) request.reused = true;
  }

  succeeded(id: string): boolean {
    return this.requests.get(id)?.ack?.success === true;
  }

  settled(id: string): void {
    const request = this.requests.get(id);
    if (request !== undefined) request.outcomes += 1;
    this.checks.hold('I1', request?.outcomes === 1, () => `${id} has ${request?.outcomes} outcomes`);
  }

  acked(ack: Ack): void {
    const request = this.requests.get(ack.messageId);
    const refused = request?.reused === true && ack.error?.code === 'INVALID_MESSAGE';
    if (refused || isPassing(ack)) return;
    const before = request?.ack ?? ack;
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
const isPassing = ({ error }: Ack) => error !== undefined && PASSING.includes(error.code);
const PASSING: readonly ErrorCode[] = [
  'AGENT_OFFLINE',
  'QUEUE_FULL',
  'RATE_LIMIT',
  'INVALID_STATE',
  'COMMAND_NOT_FOUND',
];
