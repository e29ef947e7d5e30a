import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { agentSummary } from '../../../src/agent-room/core/reporting/summary.ts';
import { running } from './requests-rig.ts';
import { commits, E1, event, output, Rig } from './rig.ts';

const reports = (effects: ReturnType<Rig['do']>) =>
  effects.flatMap((effect) => (effect.type === 'report' ? [effect] : []));
const activity = ({ room }: Rig) =>
  room.durable === null ? 0 : agentSummary(room, room.durable).lastActivity;

describe('[R3a] the last activity', () => {
  it('moves with output, at once after a pause and then twice a minute, and writes nothing', () => {
    const rig = running();
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    rig.now += 120_000;
    expect(reports(rig.batch(output(E1, 2, 'a')))).toMatchObject([{ summary: { lastActivity: rig.now } }]);
    rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    let told = 0;
    for (let sequence = 3; sequence < 123; sequence += 1) {
      rig.now += 1_000;
      const effects = rig.batch(output(E1, sequence, 'x'));
      expect(commits(effects).every(({ durable }) => durable === undefined)).toBe(true);
      told += reports(effects).length;
      if (reports(effects).length > 0) rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
    }
    expect(told).toBe(4);
    expect(rig.now - activity(rig)).toBeLessThan(30_000);
  });

  it('moves with what somebody types, and not with what a terminal answers by itself', () => {
    const rig = running();
    rig.watch('w');
    const before = activity(rig);
    rig.now += 60_000;
    rig.send('w', 'agent:input', { agentId: 'a', data: 'x', answer: true });
    expect(activity(rig)).toBe(before);
    rig.send('w', 'agent:input', { agentId: 'a', data: 'x' });
    expect(activity(rig)).toBe(rig.now);
  });
});

describe('[M12] times of a host whose clock is off', () => {
  it('are shown by the server’s clock', () => {
    fc.assert(
      fc.property(fc.integer({ min: -900_000, max: 86_400_000 }), (ahead) => {
        const rig = new Rig();
        rig.now = 1_000_000_000;
        const slack = Math.abs(ahead) < 2_000 ? Math.abs(ahead) : 0;
        rig.hello(undefined, { now: rig.now + ahead });
        rig.batch(event(E1, 1, { type: 'epoch:open', previous: null, cause: 'first' }));
        const startedAt = rig.now + ahead - 5_000;
        const crashes = { count: 2, nextTryAt: rig.now + ahead + 4_000 };
        rig.batch(event(E1, 2, { type: 'program:status', status: 'running', pid: 3, startedAt, crashes }));
        const shown = rig.room.durable === null ? null : agentSummary(rig.room, rig.room.durable);
        expect(Math.abs((shown?.startedAt ?? 0) - (rig.now - 5_000))).toBe(slack);
        expect(Math.abs((shown?.crashes?.nextTryAt ?? 0) - (rig.now + 4_000))).toBe(slack);
      }),
    );
  });

  it('of a host that does not send its clock are taken as they are', () => {
    const rig = running();
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running', pid: 3, startedAt: 77 }));
    expect(rig.room.durable?.program.startedAt).toBe(77);
  });
});
