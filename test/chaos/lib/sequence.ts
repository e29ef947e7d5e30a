import { AgentSpecSchema, ClientIdSchema, EpochSchema, STREAM, TeamIdSchema } from '@muster/protocol';
import { SPOOL_LIMITS } from '../../../agent-runner/src/spool/spool.ts';
import fc from '../../harness/fast-check.ts';
import { Checks } from '../../simulation/checks.ts';
import { CommandTruth } from '../../simulation/command-truth.ts';
import { InputOracle } from '../../simulation/input-oracle.ts';
import { Keeper } from '../../simulation/keeper.ts';
import { Meddler } from '../../simulation/meddler.ts';
import { Network } from '../../simulation/network.ts';
import { Random } from '../../simulation/random.ts';
import { RequestOracle } from '../../simulation/request-oracle.ts';
import { Room } from '../../simulation/room.ts';
import { Truth } from '../../simulation/truth.ts';
import { Viewer } from '../../simulation/viewer.ts';

const SPEC = AgentSpecSchema.parse({
  agentUid: '11111111-1111-4111-8111-111111111111',
  agentId: 'a',
  name: 'a',
  kind: 'process',
  hostId: '22222222-2222-4222-8222-222222222222',
  program: { command: 'x' },
  workspace: '/',
  restart: 'never',
  autostart: false,
});
const MEDDLING = ['duplicate', 'reorder', 'drop'] as const;
const LONGEST = 60;

/** One thing that happens on a link, chosen by fast-check, so that a sequence that fails shrinks. */
const stepArbitrary = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('output' as const), bytes: fc.integer({ min: 1, max: 40_000 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('event' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), packets: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...MEDDLING), on: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(60, 60, 1_100) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), on: fc.nat(1) }) },
);
type Step = typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never;

export const sequenceArbitrary = fc.record({
  seed: fc.nat(),
  steps: fc.array(stepArbitrary, { minLength: 10, maxLength: LONGEST, size: 'max' }),
});

/** Keeper, room and viewer, the real cores, on links that do to frames what TCP would not. */
export class Sequence {
  meddled = 0;
  readonly #checks = new Checks();
  readonly #truth = new Truth(this.#checks);
  readonly #keeper: Keeper;
  readonly #room: Room;
  readonly #viewer: Viewer;
  readonly #network: Network;
  readonly #meddler: Meddler;
  #now = 1_000_000;
  #written = 0;

  constructor(seed: number) {
    const checks = this.#checks;
    const random = new Random(seed);
    const requests = new RequestOracle(checks);
    const inputs = new InputOracle(checks);
    const commands = new CommandTruth(checks);
    const shared = { truth: this.#truth, checks, codec: false, requests, inputs, commands };
    const newEpoch = () => EpochSchema.parse('00000000000000e1');
    const { agentUid, agentId } = SPEC;
    this.#room = new Room({ ...shared, report: () => {} });
    this.#room.place(TeamIdSchema.parse('t'), { spec: SPEC, generation: 1 }, this.#now);
    const server = this.#room;
    this.#keeper = new Keeper(
      {
        ...{ ...shared, server, agentUid, generation: 1, limits: SPOOL_LIMITS, newEpoch },
        ...{ spec: SPEC, commands: null },
      },
      this.#now,
    );
    this.#viewer = new Viewer({
      ...shared,
      server,
      random,
      agentId,
      history: 'full',
      clientId: ClientIdSchema.parse('ada'),
      kept: () => true,
      hadStored: () => false,
      hadSnapshot: () => false,
    });
    this.#network = new Network(random);
    this.#meddler = new Meddler(random);
  }

  /** @throws Violation when a frame comes wrong, twice or never, and no gap says so */
  run(steps: readonly Step[]): void {
    this.#dial();
    for (const step of steps) this.#take(step);
    // Nobody can miss what was taken from a stream's end: something comes behind it.
    this.#network.deliver(2_000, this.#now);
    this.#wait(1_100);
    this.#take({ do: 'event' });
    for (let round = 0; round < 100 && !this.#done(); round += 1) {
      this.#dial();
      this.#network.deliver(2_000, this.#now);
      this.#wait(1_100);
    }
    this.#checks.hold('S7', this.#done(), () => `they do not come to the same end: ${this.#describe()}`);
  }

  #take(step: Step): void {
    switch (step.do) {
      case 'output':
        return this.#output(step.bytes);
      case 'event':
        this.#written += 1;
        return this.#keeper.input(
          { type: 'event', event: { type: 'program:resized', cols: 1 + (this.#written % 1_000), rows: 24 } },
          this.#now,
        );
      case 'deliver':
        return this.#network.deliver(step.packets, this.#now);
      case 'wait':
        return this.#wait(step.ms);
      case 'cut': {
        const link = this.#link(step.on);
        if (link !== null) this.#network.cut(link, this.#now);
        return this.#dial();
      }
      default: {
        const link = this.#link(step.on);
        if (link !== null && this.#meddler[step.do](link)) this.meddled += 1;
      }
    }
  }

  #link(on: number) {
    return (on === 0 ? this.#keeper : this.#viewer).link;
  }

  #output(bytes: number): void {
    this.#written += 1;
    const data = new Uint8Array(bytes).fill(97 + (this.#written % 26));
    this.#keeper.input({ type: 'output', stream: STREAM.stdout, data }, this.#now);
  }

  #dial(): void {
    this.#network.dial(this.#keeper, this.#now);
    this.#viewer.redial.now(this.#now);
    this.#network.dial(this.#viewer, this.#now);
  }

  #wait(ms: number): void {
    const until = this.#now + ms;
    for (let due = this.#keeper.timer; due !== null && due <= until; due = this.#keeper.timer) {
      this.#now = Math.max(this.#now, due);
      this.#keeper.tick(this.#now);
    }
    this.#now = until;
    this.#viewer.tick(this.#now);
  }

  #done(): boolean {
    const end = this.#keeper.end;
    const { at, live } = this.#viewer;
    return (
      end !== undefined &&
      this.#room.next === end.last + 1 &&
      live &&
      at?.epoch === end.epoch &&
      at.sequence === end.last
    );
  }

  #describe(): string {
    const { at, live } = this.#viewer;
    return JSON.stringify({ end: this.#keeper.end, next: this.#room.next, at, live });
  }
}
