import {
  AgentIdSchema,
  type Keyboard,
  type MemberClient,
  MemberClientSchema,
  type Watcher,
} from '@muster/protocol';
import type { Presence } from '../../../client/src/types.ts';

const page = (memberId: string, name: string, clientId: string): MemberClient =>
  MemberClientSchema.parse({ memberId, name, clientId });
const HERE = page('owner', 'Owner', 'fake');
const GRACE = page('grace', 'Grace Hopper', 'grace');
const PEOPLE = [
  HERE,
  GRACE,
  page('owner', 'Owner', 'phone'),
  page('bob', 'Bob', 'bob'),
  page('vic', 'Vic', 'vic'),
];

/** The driver in the page's address: `?keyboard=here`, `asking`, `own`, `other` or `asked`; else nobody drives. */
export function fakeKeyboard(): Keyboard {
  switch (new URLSearchParams(location.search).get('keyboard')) {
    case 'here':
      return { driver: HERE, asking: [] };
    case 'asking':
      return { driver: HERE, asking: [GRACE] };
    case 'own':
      return { driver: page('owner', 'Owner', 'phone'), asking: [] };
    case 'other':
      return { driver: GRACE, asking: [] };
    case 'asked':
      return { driver: GRACE, asking: [HERE] };
    default:
      return { driver: null, asking: [] };
  }
}

export function fakePresence(agentId: string): Presence {
  const { driver } = fakeKeyboard();
  const watchers = PEOPLE.map(
    (one): Watcher => ({
      ...one,
      role: one.memberId === 'vic' ? 'viewer' : one === HERE ? 'admin' : 'operator',
      driving: one.clientId === driver?.clientId,
    }),
  ).sort((left, right) => Number(right.driving) - Number(left.driving));
  return { agentId: AgentIdSchema.parse(agentId), watchers, total: watchers.length };
}
