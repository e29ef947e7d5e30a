import { createClient } from '@muster/client';
import { dial } from '../../test/harness/viewer.ts';
import type { Connection } from './connection.ts';
import type { Route } from './route.ts';

/** The real client, reading everything. A gap is a failure. */
export function musterConnection(
  via: Extract<Route, { kind: 'muster' }>,
  receive: (data: Uint8Array) => void,
): Connection {
  const { url, team, token, agentId } = via;
  const client = createClient({
    url,
    team,
    token: () => Promise.resolve(token),
    webSocket: dial,
  });
  const feed = client.open(agentId, { history: 'full' });
  feed.on('gap', ({ from, to }) => {
    throw new Error(`a gap from ${from} to ${to}`);
  });
  feed.on('output', ({ frames }) => {
    for (const frame of frames) receive(frame.data);
  });
  return { send: (keys) => feed.input(keys) };
}
