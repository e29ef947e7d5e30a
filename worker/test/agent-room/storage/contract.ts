import { KIB, MIB } from '@muster/protocol';
import { expect } from 'vitest';
import { FileRecordSchema } from '../../../src/agent-room/core/files/index.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import type { StoredRoom } from '../../../src/agent-room/core/stored-room.ts';
import type { Commit } from '../../../src/agent-room/core/types.ts';
import type { RoomStore } from '../../../src/agent-room/storage/store.ts';
import { CommandRig } from '../core/commands-rig.ts';
import { ConversationRig, conversationOf, says } from '../core/conversations-rig.ts';
import { commits, E1, E2, event, opened, Rig } from '../core/rig.ts';

const NO_CHANGE = {
  records: [],
  dropped: [],
  requests: [],
  droppedRequests: [],
  items: [],
  droppedItems: [],
};

type Check = (open: () => RoomStore) => void;

/** What any room store does. `it` runs a check with an `open` that gives the store as a reset would find it. */
export function roomStoreContract(it: (name: string, check: Check) => void): void {
  const segment = (slot: number, data: number[]) => ({
    slot,
    position: slot,
    epoch: E1,
    first: 1,
    last: data.length,
    bytes: data.length,
    at: 5_000 + slot,
    data: Uint8Array.from(data),
  });

  const noteOf = (action: string) => ({
    ...{ at: 1, memberId: null, name: '', role: null, address: null, action },
    ...{ agentId: null, agentUid: null, target: null, result: 'ok', details: null },
  });

  it('is empty at first', (open) => {
    const audit = { pending: [], last: 0 };
    expect(open().load()).toEqual({
      deleted: false,
      durable: null,
      segments: [],
      requests: [],
      snapshot: null,
      commands: [],
      commandEvents: [],
      conversations: [],
      permissions: [],
      files: [],
      audit,
      keyframes: [],
    });
  });

  it('[N1] keeps the tombstone of a deleted room, and nothing else', (open) => {
    const rig = new Rig();
    rig.batch(opened(E1));
    const store = open();
    const empty = store.load();
    for (const effect of rig.effects) if (effect.type === 'commit') store.commit(effect.commit);
    expect(store.load().durable).not.toBeNull();
    store.delete();
    expect(open().load()).toEqual({ ...empty, deleted: true });
    open().delete();
    expect(open().load()).toEqual({ ...empty, deleted: true });
  });

  it('[C15] keeps files in parts, reads any piece of them, and drops them whole', (open) => {
    const data = new Uint8Array(2.5 * MIB).map((_, at) => at % 251);
    const record = FileRecordSchema.parse({
      ...{ fileId: 'f', conversationId: 'a.c', name: 'a.bin', mimeType: 'application/octet-stream' },
      ...{ size: data.length, sha256: 'c'.repeat(64), memberId: 'ada', at: 1, dueAt: 2, used: false },
    });
    open().commit({ files: { files: [{ record, data }], dropped: [] } });
    open().commit({ files: { files: [{ record: { ...record, used: true } }], dropped: [] } });
    expect(open().load().files).toEqual([{ ...record, used: true }]);
    const places = [0, MIB - 2, MIB, 2.25 * MIB];
    for (const at of places)
      expect(Buffer.from(open().readFile('f', at, 256 * KIB)).equals(data.slice(at, at + 256 * KIB))).toBe(
        true,
      );
    expect(Buffer.from(open().readFile('f', 0, data.length)).equals(data)).toBe(true);
    open().commit({ files: { files: [], dropped: ['f'] } });
    expect(open().load().files).toEqual([]);
    expect(() => open().readFile('f', 0, 1)).toThrow('not stored');
  });

  it('[C14] finds conversations, their requests and items again, by id and by place', (open) => {
    const c = new ConversationRig();
    const { conversationId } = c.running();
    for (let n = 0; n < 5; n += 1) c.items(conversationId, says(`i${n}`, `text ${n}`));
    c.says(conversationId, 'i1', 6, '!');
    c.asks(conversationId, 'p1');
    const other = c.create();
    c.items(other, says('i1', 'of another'));
    const store = open();
    for (const commit of commits(c.rig.effects)) store.commit(commit);
    const { conversations, permissions } = open().load();
    expect(new Map(conversations.map((one) => [one.conversationId, one]))).toEqual(c.rig.room.conversations);
    expect(permissions).toEqual([...c.rig.room.permissions.values()]);
    const id = conversationOf(conversationId);
    const found = { conversationId: id, index: 1, revision: 6, item: { text: 'text 1!' } };
    expect(open().readItem(id, 'i1')).toMatchObject(found);
    expect(open().readItem(id, 'i9')).toBeNull();
    const places = (query: object) =>
      open()
        .readItems({ conversationId: id, from: 0, after: -1, limit: 9, newest: false, ...query })
        .map(({ index }) => index);
    expect(places({})).toEqual([0, 1, 2, 3, 4]);
    expect(places({ limit: 2 })).toEqual([0, 1]);
    expect(places({ limit: 2, newest: true })).toEqual([3, 4]);
    expect(places({ from: 2 })).toEqual([2, 3, 4]);
    expect(places({ after: 4 })).toEqual([1, 4]);
    store.commit({ conversations: { ...NO_CHANGE, droppedItems: [{ conversationId: id, below: 3 }] } });
    expect(places({})).toEqual([3, 4]);
    store.commit({ conversations: { ...NO_CHANGE, dropped: [id], droppedRequests: ['a.p1'] } });
    expect(places({})).toEqual([]);
    expect(open().load()).toMatchObject({ conversations: [{ conversationId: other }], permissions: [] });
    expect(open().readItem(conversationOf(other), 'i1')).toMatchObject({ item: { text: 'of another' } });
  });

  it('finds again what was committed, state and requests and segments', (open) => {
    const rig = new Rig();
    rig.hello();
    rig.batch(opened(E1));
    rig.join('v');
    rig.send('v', 'agent:pause', { agentId: 'a' }, 'm1');
    rig.batch(event(E1, 2, { type: 'program:status', status: 'running', pid: 3 }));
    const store = open();
    for (const effect of rig.effects) if (effect.type === 'commit') store.commit(effect.commit);
    expect(open().load()).toEqual(rig.store.load());
    expect([...open().read(1)]).toEqual([...rig.store.read(1)]);
  });

  it('[S5] overwrites a slot and drops others', (open) => {
    const store = open();
    store.commit({ segments: [segment(1, [1]), segment(2, [2])] });
    store.commit({ segments: [segment(1, [3, 4])], dropSlots: [2] });
    expect(open().load().segments).toEqual([
      { slot: 1, position: 1, epoch: E1, first: 1, last: 2, bytes: 2, at: 5_001 },
    ]);
    expect([...open().read(1)]).toEqual([3, 4]);
    expect(() => open().read(2)).toThrow('segment 2 is not stored');
  });

  it('keeps its own copy of what it was given', (open) => {
    const store = open();
    const write = segment(1, [7]);
    store.commit({ segments: [write] });
    write.data[0] = 9;
    expect([...open().read(1)]).toEqual([7]);
  });

  it('[I1] forgets a request', (open) => {
    const store = open();
    const record = {
      key: 'k',
      requestId: 'r',
      fingerprint: '{}',
      order: '{}',
      until: 1,
      waiting: [],
      ack: null,
    };
    const commit: Commit = { requests: [record] };
    store.commit(commit);
    expect(open().load().requests).toEqual([record]);
    store.commit({ dropRequests: ['k'] });
    expect(open().load().requests).toEqual([]);
  });

  it('[Q10] finds the commands again, what waits for history, and nothing that was dropped or taken', (open) => {
    const c = new CommandRig();
    const store = open();
    let done = 0;
    const keep = () => {
      for (const commit of commits(c.rig.effects.slice(done))) store.commit(commit);
      done = c.rig.effects.length;
    };
    const sorted = ({ commands, commandEvents, durable }: StoredRoom) => ({
      commands: [...commands].sort((one, other) => (one.commandId < other.commandId ? -1 : 1)),
      commandEvents,
      durable,
    });
    for (let n = 0; n < ROOM_LIMITS.endedCommands + 3; n += 1) {
      const { commandId } = c.ask(`echo ${n}`, { environment: { A: 'é' } });
      c.started(commandId);
      c.ended(commandId, { exitCode: n });
    }
    c.ask('runs');
    c.ask('waits');
    keep();
    expect(sorted(open().load())).toEqual(sorted(c.rig.store.load()));
    const { outbox } = c.rig.room;
    c.rig.do({ type: 'steps-written', upTo: outbox.length - 2 });
    keep();
    expect(open().load().commandEvents).toEqual(outbox.slice(-2));
  });

  it('keeps no more steps for history than there is room for: the newest', (open) => {
    const c = new CommandRig();
    c.ask('runs');
    const { commandId } = c.ask('waits');
    for (let n = 0; n < ROOM_LIMITS.commandEvents; n += 1) c.send('command:move', { commandId, position: 1 });
    const store = open();
    for (const commit of commits(c.rig.effects)) store.commit(commit);
    expect(open().load().commandEvents).toEqual(c.rig.room.outbox);
  });

  it('[X8] keeps audit entries until they are acked, and their numbers for good', (open) => {
    const [one, two, three] = [1, 2, 3].map((number) => ({ number, entry: noteOf(`act-${number}`) }));
    if (one === undefined || two === undefined || three === undefined) return;
    open().commit({ audit: [one] });
    open().commit({ audit: [two, three] });
    expect(open().load().audit).toEqual({ pending: [one, two, three], last: 3 });
    open().commit({ auditAcked: 2 });
    expect(open().load().audit).toEqual({ pending: [three], last: 3 });
    open().commit({ auditAcked: 3 });
    expect(open().load().audit).toEqual({ pending: [], last: 3 });
  });

  it('[S14] keeps the newest snapshot, its own copy of it, and forgets it when told', (open) => {
    const first = { epoch: E1, sequence: 7, bytes: 3, data: Uint8Array.of(1, 2, 3) };
    // A part of a message, as the keeper's socket gives it.
    const data = Uint8Array.of(0, 4, 5, 0).subarray(1, 3);
    open().commit({ snapshot: first });
    open().commit({ snapshot: { epoch: E2, sequence: 9, bytes: 2, data } });
    data[0] = 9;
    expect(open().load().snapshot).toEqual({ epoch: E2, sequence: 9, bytes: 2 });
    expect([...open().readSnapshot()]).toEqual([4, 5]);
    open().commit({ segments: [segment(1, [1])] });
    expect(open().load().snapshot).toMatchObject({ sequence: 9 });
    open().commit({ snapshot: null });
    expect(open().load().snapshot).toBeNull();
    expect(() => open().readSnapshot()).toThrow('no snapshot is stored');
  });

  it('[S5] keeps the screens of a recording, each until it is dropped', (open) => {
    const keyframe = (id: number) => ({
      ...{ id, epoch: E1, sequence: id * 10, time: 1.5, bytes: 2 },
      data: Uint8Array.of(id, 0),
    });
    open().commit({ keyframes: [keyframe(1), keyframe(2)] });
    open().commit({ keyframes: [keyframe(3)], dropKeyframes: [1] });
    expect(
      open()
        .load()
        .keyframes.map(({ id }) => id),
    ).toEqual([2, 3]);
    expect(open().load().keyframes[0]).toEqual({ id: 2, epoch: E1, sequence: 20, time: 1.5, bytes: 2 });
    expect([...open().readKeyframe(3)]).toEqual([3, 0]);
    expect(() => open().readKeyframe(1)).toThrow('keyframe 1 is not stored');
  });

  it('[S14] holds a snapshot of 1 MiB, the largest there can be', (open) => {
    const data = new Uint8Array(2 ** 20).fill(5);
    open().commit({ snapshot: { epoch: E1, sequence: 1, bytes: data.length, data } });
    const stored = open().readSnapshot();
    expect([stored.length, stored.every((byte) => byte === 5)]).toEqual([data.length, true]);
  });

  it('holds a segment of 1.6 MiB, the largest there can be', (open) => {
    const data = new Uint8Array(1.6 * 2 ** 20).fill(5);
    open().commit({ segments: [{ ...segment(1, []), bytes: data.length, data }] });
    expect(open().read(1).length).toBe(data.length);
  });
}
