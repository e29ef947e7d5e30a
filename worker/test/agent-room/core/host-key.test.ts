import { HostIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { placementOf, Rig, TEAM } from './rig.ts';

const place = (rig: Rig, placement = placementOf()) => rig.do({ type: 'placed', team: TEAM, placement });
const changeKey = (rig: Rig, keyRevision: number, revoked: boolean, { spec } = placementOf()) =>
  rig.do({ type: 'host-key-changed', hostId: spec.hostId, keyRevision, revoked });
const OTHER_HOST = HostIdSchema.parse('00000000-0000-4000-8000-0000000000bb');

describe('what a room knows of its host’s key', () => {
  it('[X4] is kept over a reset, and changes nothing that people see', () => {
    const rig = new Rig();
    changeKey(rig, 1, false);
    const { revision } = rig.room.durable ?? {};
    changeKey(rig, 2, true);
    rig.sleep();
    expect(rig.room.durable).toMatchObject({ revision, host: { keyRevision: 2, revoked: true } });
  });

  it('[X4] closes keepers that came with an older key, once: for good, or to come back', () => {
    const rig = new Rig();
    const { hostId } = placementOf().spec;
    const close = { type: 'close-keepers', hostId };
    expect(changeKey(rig, 2, false)).toContainEqual({ ...close, below: 2, code: 1012, reason: 'a new key' });
    const reason = 'this host was revoked';
    expect(changeKey(rig, 3, true)).toContainEqual({ ...close, below: 3, code: 4403, reason });
    expect(changeKey(rig, 3, true)).toEqual([]);
  });

  it('[X4] is told after the commit that remembers it', () => {
    const effects = changeKey(new Rig(), 2, true).map(({ type }) => type);
    expect(effects.indexOf('commit')).toBeLessThan(effects.indexOf('close-keepers'));
  });

  it('[X4] a call that was overtaken takes nothing back, nor does another spec', () => {
    const rig = new Rig();
    changeKey(rig, 2, true);
    const { spec } = placementOf();
    place(rig, { spec: { ...spec, name: 'Uno' }, generation: 1 });
    expect(changeKey(rig, 1, false)).toEqual([]);
    expect(rig.room.durable).toMatchObject({
      placement: { spec: { name: 'Uno' } },
      host: { keyRevision: 2, revoked: true },
    });
  });

  it('[X4] goes with the host: another one’s key counts for itself', () => {
    const rig = new Rig();
    changeKey(rig, 7, true);
    const { spec } = placementOf();
    const moved = { spec: { ...spec, hostId: OTHER_HOST }, generation: 2 };
    expect(changeKey(rig, 8, false, moved)).toEqual([]);
    place(rig, moved);
    expect(rig.room.durable?.host).toEqual({ keyRevision: 0, revoked: false });
    changeKey(rig, 1, false, moved);
    expect(rig.room.durable?.host).toEqual({ keyRevision: 1, revoked: false });
  });
});

describe('rights that change while people are in a room', () => {
  const changes = [{ who: { kind: 'session' as const, sid: 's' }, standing: null, revision: 2 }];

  it('[X5] are kept for older claims, then applied to the sockets', () => {
    const effects = new Rig().do({ type: 'rights-changed', changes });
    expect(effects).toEqual([
      { type: 'cache-rights', changes },
      { type: 'reauthorize', changes },
    ]);
  });

  it('[X5] with another spec, whoever is limited to some agents is asked again; with the same one nobody', () => {
    const rig = new Rig();
    const { spec } = placementOf();
    const labelled = { spec: { ...spec, labels: { area: 'b' } }, generation: 1 };
    expect(place(rig, labelled)).toContainEqual({ type: 'reauthorize', changes: null });
    expect(place(rig, labelled)).toEqual([]);
  });

  it('[X5, M11] a renewal changes the viewer that is in, and lets nobody else in', () => {
    const rig = new Rig();
    rig.join('v', 'operator');
    rig.renew('v', 'viewer');
    expect(rig.room.viewers.get('v')?.member.role).toBe('viewer');
    expect(rig.renew('stranger', 'admin')).toEqual([]);
    expect(rig.room.viewers.has('stranger')).toBe(false);
  });
});
