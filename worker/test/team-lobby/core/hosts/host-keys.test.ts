import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { deleteRefusal, enrolRefusal } from '../../../../src/team-lobby/core/hosts/host-keys.ts';
import { hostKeyStateOf } from '../../../../src/team-lobby/core/state.ts';
import { broadcasts, HOST_A, HOST_B, type Rig, rigWithHost, uuid } from '../rig.ts';

const told = (out: ReturnType<Rig['do']>) =>
  out.flatMap((effect) => (effect.type === 'place-room' ? [effect.host] : []));
const closed = (out: ReturnType<Rig['do']>) =>
  out.flatMap((effect) => (effect.type === 'close-host' ? [[effect.hostId, effect.below, effect.code]] : []));
const renew = (rig: Rig, publicKey: string) => rig.enrolAs({ hostId: HOST_A, name: 'alpha', publicKey });

describe('the keys of hosts', () => {
  it('[X4] a revocation closes the host’s sockets and is sent to the rooms of its agents, to no others', () => {
    const rig = rigWithHost();
    rig.enrol(HOST_B);
    rig.hello(HOST_B);
    rig.made('One', { hostId: HOST_A });
    rig.create({ name: 'Two', hostId: HOST_B }, 'c2');
    const out = rig.do({ type: 'host-revocation', hostId: HOST_A });
    expect(told(out)).toEqual([{ keyRevision: 2, revoked: true }]);
    expect(closed(out)).toEqual([[HOST_A, 2, 4403]]);
    // A socket's end is an event within this one: all that this one says is said before it.
    expect(out.at(-1)?.type).toBe('close-host');
    expect(broadcasts(out, 'host:list')[0]?.hosts).toMatchObject([{ revokedAt: rig.now }, {}]);
    expect(rig.do({ type: 'host-revocation', hostId: HOST_A })).toEqual([{ type: 'answer', error: null }]);
  });

  it('[X4] it is sent to a room until the room confirms, over a reset too', () => {
    const rig = rigWithHost();
    rig.made();
    rig.do({ type: 'host-revocation', hostId: HOST_A });
    rig.roomPlaced(false);
    rig.now += 1_000;
    expect(told(rig.do({ type: 'alarm' }))).toEqual([{ keyRevision: 2, revoked: true }]);
    expect(told(rig.reset())).toEqual([{ keyRevision: 2, revoked: true }]);
    rig.roomPlaced();
    expect(rig.reset()).toEqual([]);
  });

  it('[X4] a room that has heard of the key before the last does not count as knowing', () => {
    const rig = rigWithHost();
    const { spec, generation } = rig.made();
    const host = hostKeyStateOf(rig.lobby, HOST_A);
    rig.do({ type: 'host-revocation', hostId: HOST_A });
    rig.do({ type: 'room-placed', placement: { spec, generation }, host, ok: true });
    expect(told(rig.reset())).toEqual([{ keyRevision: 2, revoked: true }]);
  });

  it('[X4] another key counts from the one before on; the same key changes nothing', () => {
    const rig = rigWithHost();
    rig.made();
    expect(closed(renew(rig, 'key of alpha'))).toEqual([]);
    expect(closed(renew(rig, 'another'))).toEqual([[HOST_A, 2, 1012]]);
    rig.do({ type: 'host-revocation', hostId: HOST_A });
    const out = renew(rig, 'a third');
    expect(told(out)).toEqual([{ keyRevision: 4, revoked: false }]);
    expect(hostKeyStateOf(rig.lobby, HOST_A)).toEqual({ keyRevision: 4, revoked: false });
    rig.reset();
    expect(hostKeyStateOf(rig.lobby, HOST_A)).toEqual({ keyRevision: 4, revoked: false });
  });

  it('[X4] a create that waits for the host is undone with its socket, and stays undone', () => {
    const rig = rigWithHost();
    rig.create();
    rig.roomPlaced();
    rig.do({ type: 'host-revocation', hostId: HOST_A });
    rig.do({ type: 'disconnected', connection: `h:${HOST_A}` });
    expect(rig.lobby.agents.size).toBe(0);
    expect(rig.store.load().agents).toEqual([]);
  });

  it('[X4] a revoked key never comes back, another key may', () => {
    const rig = rigWithHost();
    const asked = (publicKey: string) =>
      enrolRefusal(rig.lobby, { hostId: HOST_A, name: 'alpha', publicKey }, { host: HOST_A, replaces: true });
    expect(asked('key of alpha')).toBeNull();
    rig.do({ type: 'host-revocation', hostId: HOST_A });
    expect(asked('key of alpha')).toMatchObject({ code: 'INVALID_STATE', details: { field: 'publicKey' } });
    expect(asked('another')).toBeNull();
  });

  it('[L] a full team takes back the hosts it has, and no other', () => {
    const rig = rigWithHost();
    for (let index = 1; index <= LIMITS.hostsPerTeam; index += 1)
      rig.lobby.hosts.set(uuid(index) as never, { hostId: uuid(index) as never, name: 'x' });
    const known = { hostId: HOST_B, name: 'beta', publicKey: 'b' };
    expect(enrolRefusal(rig.lobby, known, { host: HOST_B })).toBeNull();
    const stranger = uuid(0xffff) as never;
    expect(enrolRefusal(rig.lobby, { hostId: stranger, name: 'new', publicKey: 'n' })?.code).toBe(
      'RESOURCE_EXHAUSTED',
    );
  });

  it('[X4] only a revoked host without agents is forgotten', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    const refusal = () => deleteRefusal(rig.lobby, HOST_A)?.message;
    expect(refusal()).toContain('Only a host that was revoked');
    rig.do({ type: 'host-revocation', hostId: HOST_A });
    expect(refusal()).toContain('still has agents');
    rig.says({ type: 'agent:delete', payload: { agentId: spec.agentId } }, 'd1');
    rig.roomDeleted();
    expect(refusal()).toBeUndefined();
    const out = rig.do({ type: 'host-deletion', hostId: HOST_A });
    expect(broadcasts(out, 'host:list')[0]?.hosts).toEqual([]);
    expect(refusal()).toContain('There is no such host');
  });
});
