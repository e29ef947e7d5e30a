import type {
  AgentFeed,
  ClientOptions,
  ConnectionState,
  MusterClient,
  MusterClientEvents,
} from '../../../client/src/types.ts';
import { changeCommands } from './commands.ts';
import { fakeInbox } from './conversations.ts';
import { Emitter } from './emitter.ts';
import { FakeFeed } from './feed.ts';
import { FAKE_AGENTS, FAKE_HOSTS, type FakeAgent, summaryOf } from './team.ts';

export type * from '../../../client/src/types.ts';

/** The scenario in the page's address: `?fake=empty`, `reconnecting`, `fail` (every request is refused). */
function mode(): string {
  return new URLSearchParams(location.search).get('fake') ?? '';
}

class Refused extends Error {
  readonly wire: { code: string; number: number; message: string; recoverable: boolean; details: object };
  constructor(code: string, message: string, field: string) {
    super(message);
    this.wire = { code, number: 0, message, recoverable: true, details: { field } };
  }
}

const STATUS_AFTER = {
  'agent:start': 'running',
  'agent:resume': 'running',
  'agent:restart': 'running',
  'agent:pause': 'paused',
  'agent:terminate': 'stopped',
} as const;
const REQUEST_MS = 120;

/** A MusterClient over a made-up team; everything answers after a moment. */
export function createClient(_options: ClientOptions): MusterClient {
  const events = new Emitter<MusterClientEvents>();
  const agents: FakeAgent[] = mode() === 'empty' ? [] : FAKE_AGENTS.map((agent) => ({ ...agent }));
  const summaries = () => agents.map(summaryOf);
  let connection: ConnectionState = { name: 'connecting' };
  const become = (state: ConnectionState) => {
    connection = state;
    events.emit('connection', state);
  };
  setTimeout(() => {
    if (mode() === 'reconnecting') {
      become({ name: 'reconnecting', attempt: 6, retryAt: Date.now() + 14_000, manual: true });
    } else become({ name: 'connected', since: Date.now() });
    events.emit('hosts', FAKE_HOSTS);
    events.emit('agents', summaries());
    events.emit('inbox', fakeInbox());
  }, 50);

  const request: MusterClient['request'] = async (type, payload) => {
    await new Promise((resolve) => setTimeout(resolve, REQUEST_MS));
    if (mode() === 'fail')
      throw new Refused('AGENT_SPAWN_FAILED', 'program.command: no such program', 'program.command');
    const agentId = 'agentId' in payload ? payload.agentId : undefined;
    const agent = agents.find((known) => known.agentId === agentId);
    const status = Object.entries(STATUS_AFTER).find(([name]) => name === type)?.[1];
    if (agent !== undefined && status !== undefined) {
      agent.status = status;
      for (const feed of feeds) if (feed.agentId === agentId) feed.changed();
      events.emit('agents', summaries());
    }
    const changed = changeCommands(type, payload);
    for (const feed of feeds) if (feed.agentId === changed) feed.changed();
    return { messageId: '1', success: true, result: {} };
  };

  const feeds = new Set<FakeFeed>();
  return {
    clientId: 'fake',
    get now() {
      return Date.now();
    },
    get connection() {
      return connection;
    },
    get agents() {
      return summaries();
    },
    hosts: FAKE_HOSTS,
    inbox: fakeInbox(),
    on: events.on,
    request,
    open(agentId): AgentFeed {
      const feed = new FakeFeed(agentId, agents.find((agent) => agent.agentId === agentId) ?? null);
      feeds.add(feed);
      return feed;
    },
    reconnect: () => become({ name: 'connected', since: Date.now() }),
    close: () => become({ name: 'disconnected', reason: 'closed' }),
  };
}
