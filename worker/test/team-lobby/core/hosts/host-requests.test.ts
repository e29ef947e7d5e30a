import { describe, expect, it } from 'vitest';
import { newDraft } from '../../../../src/audit/entry.ts';
import { hostRefusal } from '../../../../src/team-lobby/core/hosts/index.ts';
import type { Effect } from '../../../../src/team-lobby/core/types.ts';
import { TEAM } from '../../../auth/bodies.ts';
import { HOST_A, HOST_B, Rig, rigWithHost } from '../rig.ts';

const audit = newDraft({ id: null, name: '', role: null }, { action: 'host:enrol' });
const host = { hostId: HOST_B, name: 'beta', publicKey: 'key' };
const answers = (out: readonly Effect[]) =>
  out.flatMap((effect) => (effect.type === 'answer' ? [effect.error?.code ?? null] : []));
const audited = (out: readonly Effect[]) =>
  out.flatMap((effect) =>
    effect.type === 'audit' || effect.type === 'audit-refusal' ? [[effect.type, effect.entry.result]] : [],
  );

describe('requests about hosts', () => {
  const enrol = (rig: Rig, over: { id?: string; expiresAt?: number; makerMayGrant?: boolean } = {}) => {
    const { makerMayGrant = true, ...code } = over;
    const spent = { id: 'code', expiresAt: rig.now + 1, host: HOST_B, replaces: true, ...code };
    return rig.do({ type: 'host-enrolment', host, code: spent, makerMayGrant, audit });
  };

  it('[X15, X8] an enrolment spends its code with the host and the entry, once', () => {
    const rig = new Rig();
    const out = enrol(rig);
    expect(answers(out)).toEqual([null]);
    expect(audited(out)).toEqual([['audit', 'ok']]);
    expect(rig.store.isUsed('code')).toBe(true);
    const again = enrol(rig);
    expect(answers(again)).toEqual(['AUTH_FAILED']);
    expect(audited(again)).toEqual([['audit-refusal', 'AUTH_FAILED']]);
  });

  it('[X15] one that is refused spends nothing', () => {
    const rig = new Rig();
    for (const over of [{ makerMayGrant: false }, { expiresAt: rig.now }])
      expect(answers(enrol(rig, over))).toEqual(['AUTH_FAILED']);
    expect(rig.store.isUsed('code')).toBe(false);
    expect(rig.lobby.hosts.size).toBe(0);
  });

  it('[X15] a token for a host with a good key must say that it replaces it', () => {
    const rig = rigWithHost();
    const ask = (hostId: typeof HOST_A | null, replaces: boolean) =>
      answers(rig.do({ type: 'host-token', hostId, replaces, audit }));
    expect(ask(null, false)).toEqual([null]);
    expect(ask(HOST_A, false)).toEqual(['INVALID_STATE']);
    expect(ask(HOST_A, true)).toEqual([null]);
    expect(ask(HOST_B, false)).toEqual(['INVALID_STATE']);
  });

  it('[X8] a refusal changes nothing and is counted', () => {
    const rig = rigWithHost();
    for (const type of ['host-revocation', 'host-deletion'] as const) {
      const out = rig.do({ type, hostId: HOST_B, audit });
      expect(out.map((effect) => effect.type)).toEqual(['audit-refusal', 'answer']);
    }
  });

  it('[X4] a runner comes in with the newest key only', () => {
    const rig = rigWithHost();
    const claims = (keyRevision: number, hostId = HOST_A) => ({
      kind: 'host' as const,
      team: TEAM,
      hostId,
      keyRevision,
    });
    expect(hostRefusal(rig.lobby, claims(1))).toBeNull();
    expect(hostRefusal(rig.lobby, claims(1, HOST_B))).toMatchObject({ error: { code: 'AUTH_FAILED' } });
    rig.enrolAs({ hostId: HOST_A, name: 'alpha', publicKey: 'another' });
    expect(hostRefusal(rig.lobby, claims(1))).toMatchObject({ close: 1012 });
    rig.do({ type: 'host-revocation', hostId: HOST_A });
    expect(hostRefusal(rig.lobby, claims(3))).toMatchObject({ close: 4403 });
  });
});
