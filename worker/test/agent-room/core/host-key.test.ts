import { HostIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { placementOf, Rig, TEAM } from './rig.ts';

const placed = (rig: Rig, keyRevision: number, revoked: boolean, placement = placementOf()) =>
  rig.do({ type: 'placed', team: TEAM, placement, host: { keyRevision, revoked } });

describe('what a room knows of its host’s key', () => {
  it('[X4] is kept over a reset, and changes nothing that people see', () => {
    const rig = new Rig();
    placed(rig, 1, false);
    const { revision } = rig.room.durable ?? {};
    placed(rig, 2, true);
    rig.sleep();
    expect(rig.room.durable).toMatchObject({ revision, host: { keyRevision: 2, revoked: true } });
  });

  it('[X4] a call that was overtaken takes nothing back, with another spec neither', () => {
    const rig = new Rig();
    placed(rig, 2, true);
    placed(rig, 1, false);
    const { spec } = placementOf();
    placed(rig, 1, false, { spec: { ...spec, name: 'Uno' }, generation: 1 });
    expect(rig.room.durable).toMatchObject({
      placement: { spec: { name: 'Uno' } },
      host: { keyRevision: 2, revoked: true },
    });
  });

  it('[X4] goes with the host: another one’s key counts for itself', () => {
    const rig = new Rig();
    placed(rig, 7, true);
    const { spec } = placementOf();
    const hostId = HostIdSchema.parse('00000000-0000-4000-8000-0000000000bb');
    placed(rig, 1, false, { spec: { ...spec, hostId }, generation: 2 });
    expect(rig.room.durable?.host).toEqual({ keyRevision: 1, revoked: false });
  });
});
