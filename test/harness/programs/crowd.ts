/**
 * Many viewers in one process: so many sockets to rooms, one after the other over the agents that are named. Tells
 * its parent, when asked, how late what it saw was, what came from the wrong room, and how they came back.
 */
import { createClient } from '@muster/client';
import { WebSocket as Socket } from 'ws';
import { percentile } from '../../../bench/lib/statistics.ts';
import { CrowdAskSchema, CrowdConfigSchema, type CrowdSeen } from '../crowd.ts';

const config = CrowdConfigSchema.parse(JSON.parse(process.argv[2] ?? ''));
const clients = config.tokens.map((token) =>
  createClient({
    url: config.url,
    team: config.team,
    token: () => Promise.resolve(token),
    webSocket: (url, protocols) => {
      const socket = new Socket(url, protocols, { perMessageDeflate: false });
      socket.on('error', () => undefined);
      return socket as unknown as WebSocket;
    },
  }),
);

let lags: number[] = [];
let strangers = 0;
let gaps = 0;
/** ms since 1970 at which each came back. */
let back: number[] = [];
const text = new TextDecoder();
/** Each frame names its agent and when it was sent: `agentId time\n`. */
function take(agentId: string, data: Uint8Array): void {
  const [whose, time] = text.decode(data).trimEnd().split(' ');
  if (whose !== agentId) strangers += 1;
  lags.push(Date.now() - Number(time));
}

const inTurn = <T>(all: readonly T[], index: number): T => {
  const one = all[index % all.length];
  if (one === undefined) throw new Error('there is none');
  return one;
};

const feeds = Array.from({ length: config.viewers }, (_, index) => {
  const agentId = inTurn(config.agentIds, index);
  const feed = inTurn(clients, index).open(agentId, { history: 'full' });
  feed.on('output', ({ frames }) => {
    for (const { data } of frames) take(agentId, data);
  });
  feed.on('gap', () => {
    gaps += 1;
  });
  feed.on('connection', ({ name }) => {
    if (name === 'connected') back.push(Date.now());
  });
  return feed;
});

process.on('message', (message) => {
  const { id } = CrowdAskSchema.parse(message);
  const connected = feeds.filter((feed) => feed.connection.name === 'connected').length;
  const p99 = lags.length === 0 ? 0 : percentile(lags, 0.99);
  const seen: CrowdSeen = { id, connected, frames: lags.length, p99, strangers, gaps, back };
  [lags, back] = [[], []];
  process.send?.(seen);
});
process.on('disconnect', () => process.exit(0));
