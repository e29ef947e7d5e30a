import { STREAM } from '@muster/protocol';
import type { StreamInput } from '../../agent-runner/src/keeper/stream/stream.ts';
import type { World } from './world.ts';

/** What the programs of a world do, and its commands. */
export class Programs {
  private readonly world: World;
  private emitted = 0;

  constructor(world: World) {
    this.world = world;
  }

  output(bytes: number): boolean {
    this.emitted += 1;
    const data = new Uint8Array(Math.floor(bytes)).fill(97 + (this.emitted % 26));
    data.set(new TextEncoder().encode(`<${this.emitted}>`).subarray(0, data.length));
    const stream = this.world.random.next() < 0.9 ? STREAM.stdout : STREAM.stderr;
    return this.feed({ type: 'output', stream, data });
  }

  event(): boolean {
    this.emitted += 1;
    const event = { type: 'program:resized', cols: 1 + (this.emitted % 1_000), rows: 24 } as const;
    return this.feed({ type: 'event', event });
  }

  /** A command of some keeper gets on: it prints, it ends, or its start goes a step further. */
  advance(): boolean {
    const { keepers, random, now } = this.world;
    const keeper = keepers[random.between(0, keepers.length - 1)];
    return keeper?.advance(random.next(), random.next(), now) ?? false;
  }

  private feed(input: StreamInput): boolean {
    const speaker = this.world.speaker();
    if (!speaker.alive) return false;
    speaker.input(input, this.world.now);
    return true;
  }
}
