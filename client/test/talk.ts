import { createClient } from '../src/index.ts';
import type { AgentFeed, FeedEvents, MusterClient, MusterClientEvents } from '../src/types.ts';
import { FakeServer } from './fake-server.ts';

export const ROOM = '/ws/agents/bash';

export const LOBBY = '/ws/dashboard';

export function next<K extends keyof MusterClientEvents>(
  client: MusterClient,
  event: K,
  accept: (value: MusterClientEvents[K]) => boolean = () => true,
): Promise<MusterClientEvents[K]> {
  return new Promise((resolve) => {
    const stop = client.on(event, (value) => {
      if (!accept(value)) return;
      stop();
      resolve(value);
    });
  });
}

export function fed<K extends keyof FeedEvents>(
  feed: AgentFeed,
  event: K,
  accept: (value: FeedEvents[K]) => boolean = () => true,
): Promise<FeedEvents[K]> {
  return new Promise((resolve) => {
    const stop = feed.on(event, (value) => {
      if (!accept(value)) return;
      stop();
      resolve(value);
    });
  });
}

export const numberOf = (payload: object | undefined) =>
  payload !== undefined && 'inputSequence' in payload ? Number(payload.inputSequence) : Number.NaN;

/** Resolves when the feed has all there was when it subscribed; a lost socket ends a replay too. */
export const live = (feed: AgentFeed) =>
  fed(feed, 'replaying', (replaying) => !replaying && feed.connection.name === 'connected');

/** A server, and a client that talks to it. */
export async function talk(
  token = async () => 'token',
): Promise<{ server: FakeServer; client: MusterClient }> {
  const server = new FakeServer();
  const url = await server.listen();
  return { server, client: createClient({ url, token }) };
}

export async function hangUp({ server, client }: Awaited<ReturnType<typeof talk>>): Promise<void> {
  client.close();
  await server.close();
}
