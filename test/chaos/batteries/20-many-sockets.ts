import { once } from 'node:events';
import { setTimeout as lasting } from 'node:timers/promises';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { ROOM_LIMITS } from '../../../worker/src/agent-room/core/limits.ts';
import type { Rate } from '../../../worker/src/socket/bucket.ts';
import { MEMBER_RATE } from '../../../worker/src/socket/member-rate-limiter.ts';
import { CONNECTION_RATE } from '../../../worker/src/team-lobby/core/budgets.ts';
import { createAgent } from '../../harness/agents.ts';
import { tokenOf } from '../../harness/members.ts';
import { within } from '../../harness/until.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { viewerSocket } from '../lib/entry-points.ts';
import { TestBed } from '../lib/test-bed.ts';
import type { TrialResults } from '../lib/trial-results.ts';

const PATH = '/ws/agents/watched';
/** L: what may come through beyond the limit. */
const TOLERANCE = 1.05;
const FLOOD_MS = 6_000;
/** How often each socket asks, ms, and how often at once: a hundred of them several times what their member may. */
const EVERY_MS = 100;
const ASKS = 4;
/** After which one that was not let in dials again, ms. */
const AGAIN_MS = 500;
const SOON_MS = 20_000;
/** A client that waits as told may be told to wait by the Worker, and then again by the room. */
const WAITS = 2;
const ASK = JSON.stringify({ type: 'ping', payload: { timestamp: 1 } });

const HeardSchema = z.object({
  type: z.string(),
  payload: z
    .object({ code: z.string(), details: z.object({ retryAfter: z.number() }) })
    .partial()
    .optional(),
});
const hear = (data: unknown) => HeardSchema.parse(JSON.parse(String(data)));

/** All sockets of one member, which dial again when they are closed for what they say, or are not let in. */
class Flood {
  let = 0;
  refused = 0;
  opened = 0;
  turnedAway = 0;
  /** X19: turned away because their member has all the seats that one may have. */
  full = 0;
  /** The most that were in at once. */
  seated = 0;
  #in = 0;
  readonly #stage: TestBed;
  readonly #token: string;
  readonly #sockets = new Set<WebSocket>();
  #over = false;

  constructor(stage: TestBed, token: string) {
    this.#stage = stage;
    this.#token = token;
  }

  /** Resolves when it is in, or was turned away. */
  async join(): Promise<void> {
    if (this.#over) return;
    const socket = viewerSocket(this.#stage.muster, PATH, this.#token);
    this.#sockets.add(socket);
    // Also where it is ended before it opened, which is an error for a pending `once` (node:events).
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
    let isIn = false;
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      settle();
      const { type, payload } = hear(data);
      if (type === 'connection:ack') {
        isIn = true;
        this.opened += 1;
        this.#in += 1;
        this.seated = Math.max(this.seated, this.#in);
      }
      if (type === 'pong') this.let += 1;
      if (type === 'error' && payload?.code === 'RESOURCE_EXHAUSTED') this.full += 1;
      if (type !== 'error' || payload?.code !== 'RATE_LIMIT') return;
      if (isIn) this.refused += 1;
      else this.turnedAway += 1;
    });
    socket.on('close', () => {
      settle();
      this.#sockets.delete(socket);
      if (isIn) this.#in -= 1;
      setTimeout(() => void this.join(), isIn ? 0 : AGAIN_MS);
    });
    await settled;
  }

  ask(): void {
    for (const socket of this.#sockets)
      for (let asked = 0; asked < ASKS && socket.readyState === WebSocket.OPEN; asked += 1) socket.send(ASK);
  }

  end(): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.terminate();
  }
}

/** Asks once on a new socket: null, or how long it is told to wait, ms. */
async function oneMore(stage: TestBed, token: string): Promise<number | null> {
  const socket = viewerSocket(stage.muster, PATH, token);
  const answered = new Promise<number | null>((resolve) => {
    socket.on('message', (data) => {
      const { type, payload } = hear(data);
      if (type === 'pong') resolve(null);
      if (type === 'error') resolve(payload?.details?.retryAfter ?? Number.NaN);
    });
  });
  await once(socket, 'open');
  socket.send(ASK);
  const told = await within('it is answered', SOON_MS, answered);
  socket.terminate();
  return told;
}

/** Whether a client is let through when it waits as told. */
async function waits(stage: TestBed, token: string): Promise<boolean> {
  for (let waited = 0; waited <= WAITS; waited += 1) {
    const wait = await oneMore(stage, token);
    if (wait === null) return true;
    await lasting(wait);
  }
  return false;
}

function conclude(tally: TrialResults, flood: Flood, seconds: number): void {
  const { let: said, refused, opened, turnedAway, full, seated } = flood;
  const most = ({ burst, perSecond }: Rate) => Math.round(burst + perSecond * seconds);
  const [maySay, mayOpen] = [most(MEMBER_RATE), most(CONNECTION_RATE)];
  tally.expect(said <= maySay * TOLERANCE, `${said} came through, of ${maySay} that may`);
  tally.expect(said >= MEMBER_RATE.burst, `only ${said} came through: nothing was limited`);
  tally.expect(refused > 0, 'nobody was refused');
  tally.expect(opened <= mayOpen * TOLERANCE, `${opened} connections were opened, of ${mayOpen} that may`);
  tally.expect(turnedAway > 0, 'nobody was turned away');
  const { member: seats } = ROOM_LIMITS.sockets;
  // The room gives a seat away when it closes its socket; that one's end may be read here after another's beginning.
  tally.expect(
    seated <= seats * TOLERANCE,
    `${seated} sockets of one member were in, of ${seats} that may be`,
  );
  tally.expect(full > 0, 'one member had all the seats that they asked for');
  tally.note(`at most ${seated} sockets of one member were in, ${full} found no seat`);
  tally.note(
    `${said} messages of ${maySay} in ${seconds.toFixed(1)} s came through, ${refused} were refused; ${opened} connections of ${mayOpen}, ${turnedAway} were turned away`,
  );
}

/** X19: an admin's requests over REST are done beside the flood. */
async function acts({ muster }: TestBed): Promise<boolean> {
  const post = async (action: string, body: object) => {
    const headers = { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(new URL(`/api/agents/watched/${action}`, muster.url), init)).ok;
  };
  const done = [post('signal', { signal: 'SIGCONT' }), post('commands', { command: 'true' })];
  return (await within('an admin is answered', SOON_MS, Promise.all(done))).every((ok) => ok);
}

async function run({ count, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  await createAgent(stage.client, stage.muster, { agentId: 'watched', program: ['sleep', '600'] });
  const [flooding, other] = await Promise.all(
    ['Eve', 'Ada'].map((name) => tokenOf(stage.muster, { name, role: 'operator' })),
  );
  if (flooding === undefined || other === undefined) throw new Error('nobody came');
  const flood = new Flood(stage, flooding);
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, () => flood.join()));
  while (performance.now() - began < FLOOD_MS) {
    flood.ask();
    await lasting(EVERY_MS);
  }
  tally.expect((await oneMore(stage, other)) === null, 'somebody else was refused beside them');
  tally.expect(await acts(stage), 'an admin could not act beside them');
  flood.end();
  conclude(tally, flood, (performance.now() - began) / 1_000);
  tally.expect(await waits(stage, flooding), 'a client that waited as told was refused');
  if (tally.complaints.length === 0) tally.passed = count;
}

/** Many sockets of one member say no more than one may, are no more than one may open and have seats for, and nobody beside them is held up. */
export const manySockets: Battery = {
  id: 20,
  verdict: 'sockets of one member within their limit',
  target: 200,
  minimum: 200,
  cost: { fixed: 20, each: 0 },
  run,
};
