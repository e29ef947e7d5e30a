import { once } from 'node:events';
import { setTimeout as lasting } from 'node:timers/promises';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { MEMBER_RATE } from '../../../worker/src/socket/callers.ts';
import { createAgent } from '../../harness/agents.ts';
import { tokenOf } from '../../harness/members.ts';
import { within } from '../../harness/until.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { viewerSocket } from '../lib/doors.ts';
import { Stage } from '../lib/stage.ts';

const PATH = '/ws/agents/watched';
/** L: what may come through beyond the limit. */
const TOLERANCE = 1.05;
const FLOOD_MS = 6_000;
/** How often each socket asks, ms: two hundred of them four times what their member may. */
const EVERY_MS = 100;
const SOON_MS = 20_000;
const ASK = JSON.stringify({ type: 'ping', payload: { timestamp: 1 } });

const HeardSchema = z.object({
  type: z.string(),
  payload: z
    .object({ code: z.string(), details: z.object({ retryAfter: z.number() }) })
    .partial()
    .optional(),
});

/** All sockets of one member, which dial again at once when they are closed for what they say. */
class Flood {
  let = 0;
  refused = 0;
  redials = 0;
  /** Of the last refusal, ms. */
  retryAfter = 0;
  readonly #stage: Stage;
  readonly #token: string;
  readonly #sockets = new Set<WebSocket>();
  #over = false;

  constructor(stage: Stage, token: string) {
    this.#stage = stage;
    this.#token = token;
  }

  async join(): Promise<WebSocket> {
    const socket = viewerSocket(this.#stage.muster, PATH, this.#token);
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#heard(String(data)));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#over) return;
      this.redials += 1;
      void this.join();
    });
    await Promise.race([once(socket, 'open'), once(socket, 'close')]);
    return socket;
  }

  #heard(text: string): void {
    const { type, payload } = HeardSchema.parse(JSON.parse(text));
    if (type === 'pong') this.let += 1;
    if (type !== 'error' || payload?.code !== 'RATE_LIMIT') return;
    this.refused += 1;
    this.retryAfter = payload.details?.retryAfter ?? 0;
  }

  ask(): void {
    for (const socket of this.#sockets) if (socket.readyState === WebSocket.OPEN) socket.send(ASK);
  }

  end(): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.terminate();
  }
}

/** Asks once on a new socket; resolves to whether it was let. */
async function oneMore(stage: Stage, token: string): Promise<boolean> {
  const socket = viewerSocket(stage.muster, PATH, token);
  await once(socket, 'message');
  const answered = new Promise<boolean>((resolve) => {
    socket.on('message', (data) => {
      const { type } = HeardSchema.parse(JSON.parse(String(data)));
      if (type === 'pong' || type === 'error') resolve(type === 'pong');
    });
  });
  socket.send(ASK);
  const let_ = await within('it is answered', SOON_MS, answered);
  socket.terminate();
  return let_;
}

async function run({ count, tally }: Trials): Promise<void> {
  await using stage = await Stage.open();
  await createAgent(stage.client, stage.muster, { agentId: 'watched', program: ['sleep', '600'] });
  const [flooding, other] = await Promise.all(
    ['Eve', 'Ada'].map((name) => tokenOf(stage.muster, { name, role: 'operator' })),
  );
  if (flooding === undefined || other === undefined) throw new Error('nobody came');
  const flood = new Flood(stage, flooding);
  await Promise.all(Array.from({ length: count }, () => flood.join()));
  const began = performance.now();
  while (performance.now() - began < FLOOD_MS) {
    flood.ask();
    await lasting(EVERY_MS);
  }
  const others = await oneMore(stage, other);
  const seconds = (performance.now() - began) / 1_000;
  const { refused, redials, retryAfter } = flood;
  const said = flood.let;
  flood.end();
  const may = MEMBER_RATE.burst + MEMBER_RATE.perSecond * seconds;
  await lasting(retryAfter);
  const after = await oneMore(stage, flooding);
  tally.hold(said <= may * TOLERANCE, `${said} came through, of ${Math.round(may)} that may`);
  tally.hold(said >= MEMBER_RATE.burst, `only ${said} came through: nothing was limited`);
  tally.hold(refused > 0, 'nobody was refused');
  tally.hold(others, 'somebody else was refused beside them');
  tally.hold(after, `who waited ${retryAfter} ms was refused`);
  if (tally.complaints.length === 0) tally.passed = count;
  tally.note(
    `${said} messages of ${Math.round(may)} in ${seconds.toFixed(1)} s came through, ${refused} were refused; ${redials} dials again`,
  );
}

/** Many sockets of one member say no more than he may, and nobody beside them is held up. */
export const manySockets: Battery = {
  id: 20,
  word: 'sockets of one member within his limit',
  full: 200,
  least: 200,
  cost: { fixed: 20, each: 0 },
  run,
};
