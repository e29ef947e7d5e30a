import { describe, expect, it } from 'vitest';
import { running } from './requests-rig.ts';
import {
  commits,
  E1,
  E2,
  event,
  KEEPER,
  keeperMessages,
  output,
  placementOf,
  Rig,
  sent,
  TEAM,
} from './rig.ts';

describe('which keeper counts', () => {
  const closed = (effects: ReturnType<Rig['do']>) =>
    effects.flatMap((effect) => (effect.type === 'close' ? [[effect.connection, effect.code]] : []));

  it('[N1] closes a keeper of another uid with 4409', () => {
    const agentUid = '33333333-3333-4333-8333-333333333333';
    expect(closed(new Rig().hello('k', { agentUid }))).toEqual([['k', 4409]]);
  });

  it('[N2] closes one of a lower generation with 4409, and asks one of a higher to come back', () => {
    const rig = new Rig(3);
    expect(closed(rig.hello('old', { generation: 2 }))).toEqual([['old', 4409]]);
    expect(closed(rig.hello('early', { generation: 4 }))).toEqual([['early', 1013]]);
    expect(closed(rig.hello('k', { generation: 3 }))).toEqual([]);
  });

  it('[N2] within a generation the newest hello wins, and frames of the older socket are ignored', () => {
    const rig = running();
    expect(closed(rig.hello('keeper-2'))).toEqual([[KEEPER, 1000]]);
    rig.batch(event(E1, 2, { type: 'program:status', status: 'crashed' }), KEEPER);
    expect(rig.room.next).toBe(2);
  });

  it('[S4] a newer link goes on behind what is stored: the tail of the older one is stored first', () => {
    const rig = running();
    rig.batch(output(E1, 2, 'not stored yet'));
    const effects = rig.hello('keeper-2');
    expect(commits(effects)[0]?.segments?.[0]?.last).toBe(2);
    expect(keeperMessages(effects, 'room:welcome')).toEqual([
      { epoch: E1, next: 3, batchVersion: 1, hooks: true },
    ]);
    rig.reset();
    expect(keeperMessages(rig.hello('keeper-3'), 'room:welcome')).toMatchObject([{ next: 3 }]);
  });

  it('[N2] an agent placed anew closes the keeper of the older start', () => {
    const rig = running();
    const effects = rig.do({ type: 'placed', team: TEAM, placement: placementOf(2) });
    expect(closed(effects)).toEqual([[KEEPER, 4409]]);
    expect(closed(rig.do({ type: 'placed', team: TEAM, placement: placementOf(1) }))).toEqual([]);
    expect(rig.room.durable?.placement.generation).toBe(2);
  });

  it('[R1] a new spec is sent to viewers as state, before a status of the same revision', () => {
    const rig = running();
    rig.join('v');
    const { spec, generation } = placementOf(1);
    const placement = { spec: { ...spec, redaction: false }, generation };
    const effects = rig.do({ type: 'placed', team: TEAM, placement });
    expect(sent(effects, 'v', 'agent:state')).toMatchObject([
      { redaction: false, revision: rig.room.durable?.revision },
    ]);
    const types = effects.flatMap((one) => (one.type === 'send' && one.to === 'v' ? one.message.type : []));
    expect(types).toEqual(['agent:state', 'agent:status']);
  });

  it('[S1] welcomes a keeper with the epoch and the number it wants next', () => {
    const rig = running();
    expect(keeperMessages(rig.hello('keeper-2', { epoch: E2 }), 'room:welcome')).toEqual([
      { epoch: E1, next: 2, batchVersion: 1, hooks: true },
    ]);
  });
});
