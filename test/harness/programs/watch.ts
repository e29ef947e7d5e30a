/** A viewer in a process of its own. Tells its parent, when asked, what it has of one agent's stream. */
import { createClient } from '@muster/client';
import { WebSocket as Socket } from 'ws';
import { StreamObserver } from '../stream-observer.ts';
import { OutputHasher } from '../viewer.ts';
import { type Seen, WatchAskSchema, WatchConfigSchema } from '../watch.ts';

const config = WatchConfigSchema.parse(JSON.parse(process.argv[2] ?? ''));
const client = createClient({
  url: config.url,
  team: config.team,
  token: () => Promise.resolve(config.token),
  webSocket: (url, protocols) =>
    new Socket(url, protocols, { perMessageDeflate: false }) as unknown as WebSocket,
});
const digest = new OutputHasher(client, config.agentId);
const notes = new StreamObserver(digest.feed, config);
const ended = Promise.withResolvers<void>();
digest.feed.on('event', ({ event }) => {
  const over = event.type === 'program:status' && (event.status === 'stopped' || event.status === 'crashed');
  if (over && digest.bytes > 0) ended.resolve();
});

function tell(id: number): void {
  const { bytes, gaps, sha256 } = digest;
  const { pieces, runs, holes, lags } = notes;
  const cpu = process.cpuUsage().user + process.cpuUsage().system;
  const seen: Seen = { id, bytes, gaps, sha256, cpu, pieces, runs, holes, lags };
  process.send?.(seen);
}

process.on('message', (message) => {
  const { id, when } = WatchAskSchema.parse(message);
  const reached =
    when === 'end'
      ? ended.promise
      : typeof when === 'number'
        ? digest.reaches(when)
        : notes.hasRuns(when.runs);
  void reached.then(() => tell(id));
});
process.on('disconnect', () => process.exit(0));
