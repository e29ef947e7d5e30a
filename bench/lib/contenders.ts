import * as z from 'zod';
import type { Route } from '../connections/route.ts';
import type { Load } from './load.ts';
import type { LogFile } from './log-file.ts';
import { Bench, MUSTER, type Program } from './muster.ts';
import { runScript, startServer } from './processes.ts';
import type { Absent, Contender, Sample } from './row.ts';
import { startTtyd, ttydVersion } from './ttyd.ts';
import { withVersion } from './versions.ts';

/** The bounds of one sample, ms. */
export const SAMPLE_MS = 120_000;

/** A contender that starts all it needs for each sample. */
export const NOTHING_HELD = { [Symbol.asyncDispose]: () => Promise.resolve() };

const StreamedSchema = z.object({ ms: z.number(), bytes: z.number(), sha256: z.string() });

/** MB/s of a log read by a viewer of its own process. @throws when what it got is not what was sent */
export async function streamed(via: Route, log: LogFile): Promise<number> {
  const options = { via, bytes: log.bytes };
  const { ms, bytes, sha256 } = await runScript('viewer/stream.ts', options, StreamedSchema, SAMPLE_MS);
  if (bytes !== log.bytes || sha256 !== log.sha256) throw new Error('what came is not what was sent');
  return bytes / 1000 / ms;
}

/** Muster, measured through an agent of its own each time; `flags` are local mode's. */
export async function musterContender(
  sample: (bench: Bench) => Promise<Sample>,
  flags: readonly string[] = [],
): Promise<Contender> {
  const bench = await Bench.start(flags);
  return {
    ...MUSTER,
    sample: () => sample(bench),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

export type RelayKind = 'ws' | 'object' | 'socket.io';
const RELAYS = {
  ws: { script: 'peers/ws-relay.ts', name: () => withVersion('ws', 'bare relay, ws') },
  object: {
    script: 'peers/object-relay.ts',
    name: () => withVersion('miniflare', 'bare Durable Object relay, miniflare'),
  },
  'socket.io': { script: 'peers/socket-io-relay.ts', name: () => withVersion('socket.io', 'Socket.IO') },
} as const;

/** A relay of peers/; `sample` gets its address and its process. */
export async function relayContender(
  kind: RelayKind,
  sample: (url: string, pid: number) => Promise<Sample>,
): Promise<Contender> {
  const { script, name } = RELAYS[kind];
  const { program, port } = await startServer(script);
  const scheme = kind === 'socket.io' ? 'http' : 'ws';
  return {
    id: kind,
    name: name(),
    sample: () => sample(`${scheme}://127.0.0.1:${port}`, program.pid),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

type RunUnder = <T>(program: Program, use: (via: Route) => Promise<T>) => Promise<T>;

/** ttyd, where it is installed; `sample` is told how to run a program under it. */
export function ttydContender(sample: (run: RunUnder) => Promise<Sample>): Contender | Absent {
  const version = ttydVersion();
  if (version === null) return { id: 'ttyd', name: 'ttyd', absent: 'not installed' };
  const run: RunUnder = async (program, use) => {
    const started = await startTtyd(version, program);
    await using server = started.program;
    void server;
    return await use({ kind: 'ttyd', url: `ws://127.0.0.1:${started.port}` });
  };
  return { id: 'ttyd', name: `ttyd ${version}`, sample: () => sample(run), ...NOTHING_HELD };
}

type Source =
  | { readonly kind: 'program'; readonly program: Program }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'load'; readonly load: Load };

/** A host behind a relay, as a viewer sees it. */
export async function throughRelay<T>(
  kind: RelayKind,
  url: string,
  source: Source,
  use: (via: Route) => Promise<T>,
): Promise<T> {
  const relay = kind === 'socket.io' ? 'socket.io' : 'ws';
  await using host = (await startServer('peers/host.ts', { relay, url, source })).program;
  void host;
  return await use({ kind: relay, url });
}
