import { AgentUidSchema, HostIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { admitKeeper } from '../../../src/agent-room/core/keeper/index.ts';
import { placementRefusal } from '../../../src/agent-room/core/placement.ts';
import { restoreRoom } from '../../../src/agent-room/core/state.ts';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { admitViewer } from '../../../src/agent-room/core/viewers/index.ts';
import { MemoryRoomStore } from '../../../src/agent-room/storage/memory.ts';
import { placementOf, Rig, running, TEAM, UID } from './rig.ts';

const types = (effects: readonly Effect[]) => effects.map(({ type }) => type);
const OTHER = AgentUidSchema.parse('99999999-9999-4999-8999-999999999999');
/** A room whose object has stored nothing. */
const nobodys = () => restoreRoom(new MemoryRoomStore().load(), { viewers: [], keeper: null });

describe('[N1] the deletion of a room', () => {
  it('everybody leaves, commands end, audit and history are flushed: in this order', () => {
    const rig = running();
    rig.join('v');
    rig.send('v', 'command:request', { agentId: 'a', command: 'date', hold: true }, 'm1');
    const effects = types(rig.do({ type: 'deleted', agentUid: UID }));
    expect(effects[0]).toBe('close-all');
    expect(effects.indexOf('commit')).toBeLessThan(effects.indexOf('flush'));
    expect(effects).not.toContain('erase');
    expect([...rig.room.commands.values()].map(({ life }) => life.at)).toEqual(['ended']);
  });

  it('rows go only when it was flushed, and who came meanwhile leaves', () => {
    const rig = running();
    rig.do({ type: 'deleted', agentUid: UID });
    expect(types(rig.do({ type: 'flushed' })).slice(-2)).toEqual(['close-all', 'erase']);
  });

  it('a room that could not be flushed is deleted again', () => {
    const rig = running();
    rig.do({ type: 'deleted', agentUid: UID });
    rig.sleep();
    expect(types(rig.do({ type: 'deleted', agentUid: UID }))).toContain('flush');
  });

  it('another agent’s deletion is none of its business', () => {
    expect(running().do({ type: 'deleted', agentUid: OTHER })).toEqual([]);
  });

  it('a room that was never placed becomes a tombstone at once, and stays one', () => {
    const rig = new Rig();
    rig.room = nobodys();
    expect(types(rig.do({ type: 'deleted', agentUid: UID }))).toEqual(['close-all', 'erase']);
    rig.store.delete();
    rig.sleep();
    for (const late of [{ type: 'deleted', agentUid: UID }, { type: 'flushed' }] as const)
      expect(rig.do(late)).toEqual([]);
    expect(rig.do({ type: 'rights-changed', changes: [] })).toEqual([]);
    expect(placementRefusal(rig.room)).toContain('N1');
    expect(placementRefusal(running().room)).toBeNull();
  });
});

describe('who may come into a room', () => {
  const { hostId } = placementOf().spec;
  const host = { kind: 'host' as const, team: TEAM, hostId, keyRevision: 1 };
  const otherHost = HostIdSchema.parse('00000000-0000-4000-8000-0000000000bb');

  it('nobody where no agent is placed', () => {
    const error = { code: 'AGENT_NOT_FOUND' };
    expect(admitKeeper(nobodys(), host)).toMatchObject({ ok: false, error: { error } });
    expect(admitViewer(nobodys(), null, () => 0)).toMatchObject({ ok: false, error: { error } });
  });

  it('[X4] a keeper of the agent’s host, with a key that is not outdated', () => {
    const { room } = running();
    expect(admitKeeper(room, host)).toEqual({ ok: true, value: host });
    expect(admitKeeper(room, null)).toMatchObject({ error: { error: { code: 'AUTH_FAILED' } } });
    expect(admitKeeper(room, { ...host, hostId: otherHost })).toMatchObject({ error: { close: 4409 } });
  });

  it('[X4] a keeper with an older key comes back with the new one, and with a revoked one never', () => {
    const rig = running();
    rig.do({ type: 'host-key-changed', hostId, keyRevision: 2, revoked: false });
    expect(admitKeeper(rig.room, host)).toMatchObject({ error: { close: 1012 } });
    rig.do({ type: 'host-key-changed', hostId, keyRevision: 3, revoked: true });
    expect(admitKeeper(rig.room, { ...host, keyRevision: 2 })).toMatchObject({ error: { close: 4403 } });
  });

  it('[X19] a viewer without a token, as long as few wait to bring theirs', () => {
    expect(admitViewer(running().room, null, () => 0)).toEqual({ ok: true, value: TEAM });
    expect(admitViewer(running().room, null, () => 500)).toMatchObject({
      error: { error: { code: 'RESOURCE_EXHAUSTED' }, close: 1013 },
    });
  });
});
