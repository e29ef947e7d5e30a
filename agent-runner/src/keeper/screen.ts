import { DEFAULT_TERMINAL } from '../program/start.ts';
import { Screen } from '../screen/screen.ts';
import { Alarm } from './alarm.ts';
import type { KeeperDeps } from './deps.ts';
import type { KeeperStream, StreamInput } from './stream/stream.ts';

/** What follows the stream of a terminal and sends pictures of it (S14); null for an agent that has none. */
export function screenOf(
  { placement: { spec }, spool, now, log }: KeeperDeps,
  stream: KeeperStream,
  feed: (input: StreamInput) => void,
): Screen | null {
  if (spec.kind !== 'terminal') return null;
  return new Screen({
    spool,
    size: spec.terminal ?? DEFAULT_TERMINAL,
    head: () => stream.head,
    now,
    alarm: (ring) => new Alarm(ring),
    taken: (snapshot) => feed({ type: 'snapshot', snapshot }),
    warn: (problem, what) => log.warn({ problem }, what),
  });
}
