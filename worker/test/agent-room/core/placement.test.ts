import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { nextDeadline } from '../../../src/agent-room/core/handle.ts';
import { placementOf, Rig, TEAM, UID } from './rig.ts';

describe('a tombstone', () => {
  it('[N1] is nobody’s room again, whatever comes late and in any order', () => {
    const late = fc.oneof(
      fc.record({ type: fc.constant('placed' as const), generation: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ type: fc.constantFrom('sleep', 'alarm', 'deleted', 'viewer', 'keeper') }),
    );
    fc.assert(
      fc.property(fc.array(late, { maxLength: 12 }), (events) => {
        const rig = new Rig();
        rig.store.delete();
        rig.sleep();
        const before = rig.effects.length;
        for (const one of events) {
          if ('generation' in one)
            rig.do({ type: 'placed', team: TEAM, placement: placementOf(one.generation) });
          else if (one.type === 'sleep') rig.sleep();
          else if (one.type === 'viewer') rig.join('v');
          else if (one.type === 'keeper') rig.hello();
          else rig.do(one.type === 'alarm' ? { type: 'alarm' } : { type: 'deleted', agentUid: UID });
        }
        expect(rig.room.durable).toBeNull();
        expect(nextDeadline(rig.room)).toBeNull();
        const done = rig.effects.slice(before).filter(({ type }) => type !== 'close');
        expect(done).toEqual([]);
      }),
    );
  });
});
