import type { Role } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { alarm, ask, keys, MEMBERS, running, type } from './driver-rig.ts';
import { keeperMessages, sent } from './rig.ts';

describe('[B9] whatever happens', () => {
  const page = fc.constantFrom('ada', 'grace', 'bob', 'vic', 'phone');
  const step = fc.oneof(
    fc.record({ do: fc.constant('type' as const), page, answer: fc.boolean() }),
    fc.record({ do: fc.constant('resize' as const), page }),
    fc.record({ do: fc.constant('ask' as const), page, take: fc.boolean() }),
    fc.record({ do: fc.constant('release' as const), page }),
    fc.record({ do: fc.constantFrom('grant' as const, 'decline' as const), page, to: page }),
    fc.record({ do: fc.constantFrom('leave' as const, 'join' as const, 'sleep' as const), page }),
    fc.record({ do: fc.constant('wait' as const), page, ms: fc.integer({ min: 1, max: 40_000 }) }),
  );
  const ROLES = new Map<string, Role>([
    ...MEMBERS.map(([name, role]) => [name, role] as const),
    ['phone', 'operator'],
  ]);
  const NAMES = new Map([...MEMBERS.map(([name, , shown]) => [name, shown] as const), ['phone', 'Grace']]);

  it('one page drives at most, only its keys and sizes reach the program, a viewer is never it, R1 holds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rig = running();
        let revision = rig.room.durable?.revision ?? 0;
        for (const one of steps) {
          const here = rig.room.viewers.has(one.page);
          if (one.do === 'join' && !here) rig.join(one.page, ROLES.get(one.page), NAMES.get(one.page));
          if (one.do === 'join' && here) rig.renew(one.page, ROLES.get(one.page), NAMES.get(one.page));
          if (one.do === 'leave') rig.leave(one.page);
          if (one.do === 'sleep') rig.sleep();
          if (one.do === 'wait') {
            rig.now += one.ms;
            alarm(rig);
          }
          let effects: readonly Effect[] = [];
          if (one.do === 'ask') effects = ask(rig, one.page, { take: one.take });
          if (one.do === 'release') effects = rig.send(one.page, 'driver:release', { agentId: 'a' });
          if (one.do === 'grant' || one.do === 'decline')
            effects = rig.send(one.page, `driver:${one.do}`, {
              agentId: 'a',
              clientId: `client-of-${one.to}`,
            });
          if (one.do === 'type') effects = type(rig, one.page, { answer: one.answer });
          if (one.do === 'resize')
            effects = rig.send(one.page, 'agent:resize', { agentId: 'a', cols: 1, rows: 1 });
          const held = rig.room.durable?.keyboard.driver ?? null;
          const mine = here && held?.clientId === `client-of-${one.page}`;
          if (keys(effects).length > 0) expect(mine).toBe(true);
          if (keeperMessages(effects, 'program:resize').length > 0) expect(mine || held === null).toBe(true);
          expect(held?.memberId).not.toBe('vic');
          expect(rig.room.durable?.keyboard.asking.some(({ clientId }) => clientId === held?.clientId)).toBe(
            false,
          );
          expect(rig.store.load().durable?.keyboard).toEqual(rig.room.durable?.keyboard);
          const shown = sent(effects, one.page, 'driver:changed').map((change) => change.revision);
          for (const next of shown) {
            expect(next).toBeGreaterThan(revision);
            revision = next;
          }
          revision = Math.max(revision, rig.room.durable?.revision ?? 0);
        }
      }),
      { numRuns: 400 },
    );
  });
});
