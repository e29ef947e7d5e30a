import type { Rule } from '../roles.ts';

/** What is asked of the sender of one message type, and where it goes. */
export type MessageRule = Rule & {
  /** The object that handles it: the team's lobby, the room of its agent or command, or the one that holds the connection. */
  readonly handledBy: 'lobby' | 'room' | 'connection';
  /** X8: whether it leaves an audit entry. Input does not: it may be a password. Driver changes leave their own. */
  readonly audited: boolean;
};

/** Columns that rows of messages share. */
const CONNECTION = {
  writes: false,
  bucket: 'message',
  handledBy: 'connection',
  audited: false,
} as const;
const LOBBY_ACT = {
  least: 'admin',
  writes: true,
  bucket: 'act',
  handledBy: 'lobby',
  audited: true,
} as const;
const ROOM_ACT = {
  least: 'operator',
  writes: true,
  bucket: 'act',
  handledBy: 'room',
  audited: true,
} as const;
const ROOM_READ = {
  least: 'viewer',
  writes: false,
  bucket: 'message',
  handledBy: 'room',
  audited: false,
} as const;
const LOBBY_READ = { ...ROOM_READ, handledBy: 'lobby' } as const;
const COMMAND = { ...ROOM_ACT, bucket: 'command' } as const;
const DRIVER = { ...ROOM_ACT, audited: false } as const;

/**
 * The rule of every message of a viewer. X5, X18, L: the least role, whether it writes a row or a file, here or on its host,
 * and what counts it. Keys write nothing themselves. Apart from the schemas, which a page does not carry (F16).
 */
export const VIEWER_RULES = {
  auth: { ...CONNECTION, least: 'anyone' },
  'auth:refresh': { ...CONNECTION, least: 'anyone' },
  'dashboard:connect': { ...CONNECTION, least: 'anyone' },
  heartbeat: { ...CONNECTION, least: 'anyone' },
  ping: { ...CONNECTION, least: 'anyone' },
  'agent:create': LOBBY_ACT,
  'agent:update': LOBBY_ACT,
  'agent:delete': LOBBY_ACT,
  'agent:start': ROOM_ACT,
  'agent:terminate': ROOM_ACT,
  'agent:pause': ROOM_ACT,
  'agent:resume': ROOM_ACT,
  'agent:restart': ROOM_ACT,
  'agent:input': { ...ROOM_READ, least: 'operator' },
  'agent:resize': { ...ROOM_ACT, bucket: 'resize', audited: false },
  'agent:signal': ROOM_ACT,
  'command:request': COMMAND,
  'agent:command': COMMAND,
  'command:interrupt': ROOM_ACT,
  /** Takes one that waits out of the queue. */
  'command:cancel': ROOM_ACT,
  'command:move': ROOM_ACT,
  'command:edit': ROOM_ACT,
  /** Of one that ended: a new command, at once. */
  'command:retry': COMMAND,
  'agent:get_state': ROOM_READ,
  /** C13a: somebody looks at the agent, so that it asks for nobody any more. */
  'agent:seen': { ...ROOM_ACT, audited: false },
  'driver:request': DRIVER,
  /** Gives the keyboard back, or the asking for it up. */
  'driver:release': DRIVER,
  'driver:grant': DRIVER,
  'driver:decline': DRIVER,
  'subscribe:agent': { ...CONNECTION, least: 'viewer' },
  unsubscribe: { ...CONNECTION, least: 'viewer' },
  /** S8: a reader that is fast says more of them. */
  'flow:ack': { ...CONNECTION, least: 'viewer', bucket: 'none' },
  'conversation:create': ROOM_ACT,
  'conversation:join': ROOM_READ,
  'conversation:leave': ROOM_READ,
  'conversation:cancel': ROOM_ACT,
  'conversation:configure': ROOM_ACT,
  'conversation:sign-in': ROOM_ACT,
  'conversation:rename': ROOM_ACT,
  'conversation:close': ROOM_ACT,
  'chat:message': ROOM_ACT,
  'chat:edit': ROOM_ACT,
  'chat:withdraw': ROOM_ACT,
  'chat:move': ROOM_ACT,
  typing: { ...ROOM_READ, least: 'operator' },
  'permission:respond': ROOM_ACT,
  'elicitation:respond': ROOM_ACT,
  /** C10: a lease on its member's attention, in memory. */
  'page:focus': LOBBY_READ,
  'attention:seen': LOBBY_READ,
  /** C9: what runs without people is decided by those who decide what runs. */
  'policy:change': { ...ROOM_ACT, least: 'admin' },
} as const satisfies Record<string, MessageRule>;

export type ViewerType = keyof typeof VIEWER_RULES;
