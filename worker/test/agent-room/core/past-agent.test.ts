import { describe, expect, it } from 'vitest';
import { pastAgent } from '../../../src/agent-room/core/reporting/past-agent.ts';
import { placementOf, Rig, TEAM } from './rig.ts';

function placed(rig: Rig, change: object): void {
  const { spec } = placementOf();
  rig.do({ type: 'placed', team: TEAM, placement: { generation: 1, spec: { ...spec, ...change } } });
}
const known = (rig: Rig) => {
  const { durable } = rig.room;
  if (durable === null) throw new Error('it is placed');
  return pastAgent(durable);
};

describe('[A4] an agent that history does not know', () => {
  it('is sent whole once it is created, and not again once history has it', () => {
    const rig = new Rig();
    expect(rig.room.durable?.unknownSince).toBe(rig.now);
    rig.do({ type: 'agent-written', agent: known(rig) });
    expect(rig.room.durable?.unknownSince).toBeNull();
    placed(rig, { restart: 'always' });
    expect(rig.room.durable?.unknownSince).toBeNull();
  });

  it('is sent again when it changed meanwhile', () => {
    const rig = new Rig();
    const told = known(rig);
    rig.now += 5;
    placed(rig, { name: 'other' });
    rig.do({ type: 'agent-written', agent: told });
    expect(rig.room.durable?.unknownSince).toBe(rig.now - 5);
    rig.do({ type: 'agent-written', agent: known(rig) });
    expect(rig.room.durable?.unknownSince).toBeNull();
    rig.now += 5;
    placed(rig, { name: 'other', labels: { team: 'red' } });
    rig.sleep();
    expect(rig.room.durable?.unknownSince).toBe(rig.now);
  });
});
