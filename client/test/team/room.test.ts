import {
  ClientIdSchema,
  commandIdOf,
  INPUT_FEATURE,
  type Keyboard,
  MemberIdSchema,
  type ServerPayload,
  wireError,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { acceptsInput, INPUT_BATCH_MS, LINGER_MS } from '../../src/team/index.ts';
import { agentId, agentSummary, epochOf, roomState } from '../stream/support.ts';
import { emitted, ROOM, SECOND_ROOM, sent, TeamRig, types } from './rig.ts';

const start = { type: 'agent:start', payload: { agentId } } as const;
const begin = { type: 'replay:begin', payload: { agentId, from: null } } as const;
const end = (sequence: number) =>
  ({ type: 'replay:end', payload: { agentId, at: { epoch: epochOf(1), sequence } } }) as const;

const drivenBy = (driver: Keyboard['driver'], revision: number): ServerPayload<'driver:changed'> => ({
  agentId,
  driver,
  asking: [],
  revision,
  by: null,
  reason: 'granted',
});

describe('a room’s socket', () => {
  it('is shared by requests, and closed after its last user', () => {
    const rig = new TeamRig();
    expect(types(rig.ask('a', start))).toEqual(['dial']);
    expect(rig.ask('b', start)).toEqual([]);
    expect(sent(rig.letIn(ROOM), 'agent:start').map(({ id }) => id)).toEqual(['a', 'b']);
    expect(rig.ack(ROOM, 'a')).toMatchObject([{ type: 'done', id: 'a' }]);
    rig.ack(ROOM, 'b');
    rig.pass(LINGER_MS - 1);
    expect(rig.team.rooms.size).toBe(1);
    expect(types(rig.pass(1))).toContain('hang-up');
    expect(rig.team.rooms.size).toBe(0);
  });

  it('is another one for a second reader, and the same for one that comes in time', () => {
    const rig = TeamRig.reading();
    expect(rig.open(2)).toMatchObject([{ type: 'dial', key: SECOND_ROOM }]);
    rig.take({ type: 'close-feed', feed: 1 });
    rig.pass(LINGER_MS - 1);
    expect(types(rig.open(3))).toEqual(['send']);
    rig.pass(60_000);
    expect(rig.team.rooms.has(ROOM)).toBe(true);
  });

  it('that is refused is not shared, and gone once nobody uses it', () => {
    const rig = TeamRig.reading();
    const effects = rig.lose(ROOM, 4404);
    expect(emitted(effects, 'gone')).toMatchObject([{ code: 'AGENT_NOT_FOUND' }]);
    expect(rig.open(2)).toMatchObject([{ type: 'dial', key: SECOND_ROOM }]);
    rig.take({ type: 'close-feed', feed: 1 });
    rig.pass(0);
    expect([...rig.team.rooms.keys()]).toEqual([SECOND_ROOM]);
  });

  it('[M9] dials again when its feed asks for that', () => {
    const rig = TeamRig.reading();
    rig.lose(ROOM, 4404);
    expect(types(rig.take({ type: 'retry-feed', feed: 1 }))).toContain('dial');
  });
});

describe('a reader', () => {
  it('[S6] subscribes from its cursor on each socket', () => {
    const rig = TeamRig.reading();
    rig.receive(ROOM, begin);
    rig.batch(1, 3);
    rig.lose(ROOM);
    rig.pass(500);
    const [again] = sent(rig.letIn(ROOM), 'subscribe:agent');
    expect(again?.message.payload).toMatchObject({ after: { sequence: 3 }, history: 'full' });
  });

  it('is not subscribed before its owner listens', () => {
    const rig = new TeamRig();
    rig.take({ type: 'open-feed', feed: 1, agentId, after: null, history: 'full' });
    expect(sent(rig.letIn(ROOM), 'subscribe:agent')).toEqual([]);
    expect(sent(rig.take({ type: 'listen', feed: 1 }), 'subscribe:agent')).toHaveLength(1);
  });

  it('[S6] a subscription that is not answered, or refused, costs the socket', () => {
    for (const answer of [
      (rig: TeamRig) => rig.pass(15_000),
      (rig: TeamRig, messageId: string) => {
        const payload = { messageId, success: false, error: wireError('INTERNAL_ERROR', 'no') };
        return rig.receive(ROOM, { type: 'ack', payload });
      },
    ]) {
      const rig = TeamRig.reading();
      const id = sent(rig.effects, 'subscribe:agent')[0]?.id ?? '';
      expect(types(answer(rig, id))).toContain('hang-up');
      expect(rig.team.rooms.get(ROOM)?.channel.shown.name).toBe('reconnecting');
    }
  });

  it('is unsubscribed when its feed is closed, also where the answer came after that', () => {
    const rig = TeamRig.reading();
    const id = sent(rig.effects, 'subscribe:agent')[0]?.id ?? '';
    expect(sent(rig.take({ type: 'close-feed', feed: 1 }), 'unsubscribe')).toEqual([]);
    const late = sent(rig.ack(ROOM, id, { subscriptionId: 's' }), 'unsubscribe');
    expect(late[0]?.message.payload).toEqual({ subscriptionId: 's' });
    const other = TeamRig.reading();
    other.ack(ROOM, id);
    other.ack(ROOM, sent(other.effects, 'subscribe:agent')[0]?.id ?? '', { subscriptionId: 't' });
    other.lose(ROOM);
    expect(sent(other.take({ type: 'close-feed', feed: 1 }), 'unsubscribe')).toEqual([]);
  });

  it('[S8] acks what it has read', () => {
    const rig = TeamRig.reading();
    rig.receive(ROOM, begin);
    rig.batch(1, 5);
    expect(rig.take({ type: 'consumed', key: ROOM, wireBytes: 100 })).toEqual([]);
    expect(sent(rig.pass(100), 'flow:ack')[0]?.message.payload).toEqual({ epoch: epochOf(1), sequence: 5 });
    const all = sent(rig.take({ type: 'consumed', key: ROOM, wireBytes: 1 << 20 }), 'flow:ack');
    expect(all).toHaveLength(1);
  });

  it('[S7] hands on what comes in order, and the end of the replay', () => {
    const rig = TeamRig.reading();
    expect(emitted(rig.receive(ROOM, begin), 'replaying')).toEqual([true]);
    expect(emitted(rig.batch(1, 2), 'output')).toHaveLength(1);
    expect(emitted(rig.batch(1, 2), 'output')).toEqual([]);
    expect(emitted(rig.receive(ROOM, end(2)), 'replaying')).toEqual([false]);
    expect(rig.cursor(1)).toEqual({ epoch: epochOf(1), sequence: 2 });
  });

  it('[S12] bytes that are no batch cost the socket, not the stream', () => {
    const rig = TeamRig.reading();
    rig.receive(ROOM, begin);
    rig.batch(1);
    expect(types(rig.take({ type: 'unreadable', key: ROOM }))).toContain('hang-up');
    expect(rig.cursor(1)).toEqual({ epoch: epochOf(1), sequence: 1 });
  });

  it('[R1] hands on each newer state of the room, also where only a part came', () => {
    const rig = TeamRig.reading();
    rig.receive(ROOM, { type: 'agent:state', payload: roomState({ revision: 2 }) });
    const status = { agentId, status: 'running', connection: 'online', details: {} } as const;
    rig.receive(ROOM, { type: 'agent:status', payload: { ...status, agent: agentSummary(), revision: 3 } });
    rig.receive(ROOM, { type: 'driver:changed', payload: drivenBy(null, 4) });
    rig.receive(ROOM, {
      type: 'command:queue',
      payload: { agentId, revision: 5, queue: [], running: [], ended: [] },
    });
    rig.receive(ROOM, { type: 'driver:changed', payload: drivenBy(null, 5) });
    expect(emitted(rig.effects, 'state')).toMatchObject([2, 3, 4, 5].map((revision) => ({ revision })));
  });

  it('hands on viewers and commands, and tells the client’s owner of faults', () => {
    const rig = TeamRig.reading();
    const presence = { agentId, watchers: [], total: 2 };
    expect(emitted(rig.receive(ROOM, { type: 'presence:update', payload: presence }), 'presence')).toEqual([
      presence,
    ]);
    const status = { commandId: commandIdOf(agentId, 'c'), agentId, status: 'queued', attempt: 1 } as const;
    expect(emitted(rig.receive(ROOM, { type: 'command:status', payload: status }), 'command')).toEqual([
      status,
    ]);
    const error = wireError('INTERNAL_ERROR', 'oh');
    rig.receive(ROOM, { type: 'error', payload: error });
    rig.receive(ROOM, { type: 'agent:error', payload: { agentId, error } });
    const notice = { level: 'error', message: 'oh', agentId };
    expect(emitted(rig.effects, 'notice')).toEqual([notice, notice]);
  });
});

describe('input', () => {
  it('[I2] [L] goes at once, and what follows within 12 ms together', () => {
    const rig = TeamRig.reading();
    expect(sent(rig.type(1, { data: 'a' }), 'agent:input')).toHaveLength(1);
    expect(rig.type(1, { data: 'b' })).toEqual([]);
    rig.type(1, { data: 'c' });
    rig.type(1, { data: Uint8Array.of(0) });
    rig.type(1, { data: 'd', answer: true });
    rig.type(1, { end: true });
    const rest = sent(rig.pass(INPUT_BATCH_MS), 'agent:input').map(({ message }) => message.payload);
    expect(rest).toMatchObject([
      { data: 'bc' },
      { data: 'AA==', encoding: 'base64' },
      { data: 'd', answer: true },
      { end: true },
    ]);
    expect(emitted(rig.effects, 'unconfirmed')).toEqual([1, 2, 3, 4, 5]);
  });

  it('[I2] goes as frames where the server takes them', () => {
    const rig = TeamRig.reading([INPUT_FEATURE]);
    expect(types(rig.type(1, { data: 'a' }))).toEqual(['send-bytes', 'feed']);
  });

  it('[I2] is confirmed by number, and only its own', () => {
    const rig = TeamRig.reading();
    rig.type(1, { data: 'a' });
    const number = rig.team.rooms.get(ROOM)?.inputs.sent ?? 0;
    const confirm = (clientId: string) =>
      rig.receive(ROOM, {
        type: 'input:ack',
        payload: { agentId, clientId: ClientIdSchema.parse(clientId), inputSequence: number },
      });
    expect(confirm('other')).toEqual([]);
    expect(emitted(confirm('me'), 'unconfirmed')).toEqual([0]);
  });

  it('[I2] what was not sent when the socket is lost never is, and shows as unconfirmed', () => {
    const rig = TeamRig.reading();
    rig.type(1, { data: 'a' });
    rig.type(1, { data: 'lost' });
    rig.lose(ROOM);
    expect(rig.type(1, { data: 'while there is none' })).toEqual([]);
    rig.pass(500);
    rig.letIn(ROOM);
    expect(emitted(rig.type(1, { data: 'b' }), 'unconfirmed')).toEqual([3]);
  });

  it('[B9] is not taken while another drives, but for a command', () => {
    const rig = TeamRig.reading();
    rig.receive(ROOM, { type: 'agent:state', payload: roomState() });
    const driver = {
      memberId: MemberIdSchema.parse('m'),
      name: 'Ada',
      clientId: ClientIdSchema.parse('other'),
    };
    rig.receive(ROOM, { type: 'driver:changed', payload: drivenBy(driver, 2) });
    const room = rig.team.rooms.get(ROOM);
    const input = { data: 'x', answer: false };
    if (room === undefined) throw new Error('there is a room');
    expect(acceptsInput(rig.team, room, { ...input, commandId: undefined })).toBe(false);
    expect(acceptsInput(rig.team, room, { ...input, commandId: commandIdOf(agentId, 'c') })).toBe(true);
    expect(rig.take({ type: 'resize', feed: 1, size: { cols: 9, rows: 9 } })).toEqual([]);
  });
});

describe('a size', () => {
  it('[I1] is asked for anew on each socket, until the room has taken it', () => {
    const rig = new TeamRig();
    rig.open(1);
    rig.take({ type: 'resize', feed: 1, size: { cols: 120.7, rows: 0 } });
    const [first] = sent(rig.letIn(ROOM), 'agent:resize');
    expect(first?.message.payload).toEqual({ agentId, cols: 120, rows: 1 });
    rig.lose(ROOM);
    rig.pass(500);
    const [second] = sent(rig.letIn(ROOM), 'agent:resize');
    expect(second?.id).not.toBe(first?.id);
    rig.ack(ROOM, second?.id ?? '');
    rig.lose(ROOM);
    rig.pass(2_000);
    expect(sent(rig.letIn(ROOM), 'agent:resize')).toEqual([]);
  });
});
