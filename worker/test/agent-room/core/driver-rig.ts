import type { Role } from '@muster/protocol';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { E1, keeperMessages, opened, Rig, sent } from './rig.ts';

/** Ada administers, Grace and Bob operate, Vic watches; each has one page that is called as they are. */
export const MEMBERS: readonly (readonly [string, Role, string])[] = [
  ['ada', 'admin', 'Ada'],
  ['grace', 'operator', 'Grace'],
  ['bob', 'operator', 'Bob'],
  ['vic', 'viewer', 'Vic'],
];

export function running(): Rig {
  const rig = new Rig();
  rig.hello();
  rig.batch(opened(E1));
  for (const [page, role, name] of MEMBERS) {
    rig.join(page, role, name);
    rig.send(page, 'subscribe:agent', { agentId: 'a' }, `sub-${page}`);
  }
  return rig;
}

export const type = (rig: Rig, page: string, extra: object = {}) =>
  rig.send(page, 'agent:input', { agentId: 'a', data: page, ...extra }, `key-${rig.effects.length}`);

export const ask = (rig: Rig, page: string, extra: object = {}) =>
  rig.send(page, 'driver:request', { agentId: 'a', ...extra }, `ask-${rig.effects.length}`);

export const keys = (effects: readonly Effect[]) =>
  keeperMessages(effects, 'program:input').map(({ data }) => data);

export const driver = (rig: Rig) => rig.room.durable?.keyboard.driver?.memberId ?? null;

export const asking = (rig: Rig) => rig.room.durable?.keyboard.asking.map(({ memberId }) => memberId);

export const outcome = (effects: readonly Effect[], page: string) => sent(effects, page, 'ack')[0];

export const changes = (effects: readonly Effect[], page = 'vic') =>
  sent(effects, page, 'driver:changed').map((change) => [change.driver?.memberId ?? null, change.reason]);

export const alarm = (rig: Rig) => rig.do({ type: 'alarm' });
