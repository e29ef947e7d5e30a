import { createClient } from '@muster/client';
import { dial } from '../../test/harness/viewer.ts';
import type { Line } from './line.ts';
import type { Via } from './via.ts';

/** The real client, reading everything. A gap is a failure. */
export function musterLine(via: Extract<Via, { kind: 'muster' }>, receive: (data: Uint8Array) => void): Line {
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
