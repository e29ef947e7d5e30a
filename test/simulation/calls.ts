import type { Network } from './network.ts';
import type { Random } from './random.ts';
import { Reset, type Server } from './server.ts';

interface Call {
  readonly from: Server;
  readonly to: Server;
  /** What happens at the other object. */
  readonly run: (now: number) => void;
  /** R3: whether the other object answers later; if it dies before, it never does. */
  readonly waits?: () => boolean;
  /** At the caller: whether it worked. */
  readonly back: (ok: boolean, now: number) => void;
  /** Undefined: it is on its way there. */
  answer: boolean | undefined;
}

const isWaiting = ({ answer, waits }: Call) => answer === true && waits?.() === true;

/** Calls from one object to another: each arrives when it likes, and its answer too. */
export class Calls {
  /** Objects that cannot be reached. */
  readonly away = new Set<Server>();
  private readonly random: Random;
  private readonly network: Network;
  private readonly under: Call[] = [];

  constructor(network: Network, random: Random) {
    this.network = network;
    this.random = random;
  }

  get answered(): boolean {
    return this.under.length === 0;
  }

  /** Nothing gets on before time goes by. */
  get quiet(): boolean {
    return this.under.every(isWaiting);
  }

  /** A pending call keeps both objects from hibernating. */
  pins(server: Server): boolean {
    return this.under.some((call) => call.from === server || (call.to === server && isWaiting(call)));
  }

  post(call: Omit<Call, 'answer'>): void {
    this.under.push({ ...call, answer: undefined });
  }

  /** One of them gets on by a step. */
  deliver(now: number): void {
    const at = this.random.between(0, this.under.length - 1);
    const call = this.under[at];
    if (call === undefined || isWaiting(call)) return;
    if (call.answer === undefined) {
      call.answer = this.arrive(call, now);
      return;
    }
    this.under.splice(at, 1);
    const { from, back, answer } = call;
    this.network.inServer(from, () => back(answer, now), now);
  }

  /** The connection between two objects breaks: what was asked may have been done, and the caller does not know. */
  lose(now: number): boolean {
    const call = this.under.find(({ answer }) => answer !== false);
    if (call === undefined) return false;
    if (call.answer === undefined && this.random.next() < 0.5) this.arrive(call, now);
    call.answer = false;
    return true;
  }

  /** An object is gone; what it asked may still be done, and what it had not answered fails. */
  orphan(server: Server): void {
    for (const [at, call] of this.under.entries()) {
      if (call.to === server && isWaiting(call)) call.answer = false;
      if (call.from === server) this.under[at] = { ...call, back: () => {} };
    }
  }

  private arrive({ to, run }: Call, now: number): boolean {
    if (this.away.has(to)) return false;
    try {
      run(now);
      return true;
    } catch (error) {
      if (!(error instanceof Reset)) throw error;
      this.network.reset(to, now);
      return false;
    }
  }
}
