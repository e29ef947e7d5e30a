import {
  AgentIdSchema,
  CommandIdSchema,
  encodeBatch,
  type ServerMessage,
  STREAM,
  VIEWER_MESSAGES,
  type ViewerType,
} from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { E1, epochOf, Rig, summaryOf } from './rig.ts';

const ROOM = 'room:bash';
const agentId = AgentIdSchema.parse('bash');
const commandId = CommandIdSchema.parse('bash.1');
let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  rig.enter();
  rig.roomOpens('bash', { epoch: E1, sequence: 0 });
  rig.replay('bash', () => {});
});

const printed = (first: number, commandFirst: number, ...texts: string[]) =>
  encodeBatch({
    kind: 'output',
    epoch: E1,
    first,
    command: commandId,
    commandFirst,
    chunks: texts.map((text) => ({ stream: STREAM.stderr, data: new TextEncoder().encode(text), time: 5 })),
  });
const status = (word: 'queued' | 'running' | 'completed', sequence?: number, epoch = E1): ServerMessage => ({
  type: 'command:status',
  payload: {
    agentId,
    commandId,
    status: word,
    attempt: 1,
    ...(sequence === undefined ? {} : { asOf: { epoch, sequence } }),
  },
});
const heard = () =>
  rig.effects.flatMap((effect) => {
    if (effect.type !== 'send-to-client') return [];
    const { message } = effect;
    if (message.type === 'command:status') return [message.payload.status];
    return message.type === 'terminal:output' ? [`${message.payload.sequence} ${message.payload.data}`] : [];
  });

describe('commands through the gateway', () => {
  it('the output of one is marked as its own, counted from 1', () => {
    rig.bytes(ROOM, printed(1, 1, 'a', 'b'));
    expect(rig.messagesOf('terminal:output')).toMatchObject([
      { agentId, commandId, stream: 'stderr', data: 'a', sequence: 1 },
      { data: 'b', sequence: 2 },
    ]);
    expect(rig.messagesOf('agent:output')).toEqual([]);
  });

  it('[R2] its end is sent after all of its output, however late that comes', () => {
    rig.from(ROOM, status('queued'));
    rig.from(ROOM, status('running', 0));
    rig.from(ROOM, status('completed', 3));
    rig.from(ROOM, status('queued'));
    rig.bytes(ROOM, printed(1, 1, 'a', 'b'));
    expect(heard()).toEqual(['queued', 'running', '1 a', '2 b']);
    rig.bytes(ROOM, printed(3, 3, 'c'));
    expect(heard()).toEqual(['queued', 'running', '1 a', '2 b', '3 c', 'completed', 'queued']);
  });

  it('[R2] output that will not come any more delays no status: a lost link, another numbering', () => {
    rig.from(ROOM, status('completed', 9));
    rig.happen({ type: 'lost', key: ROOM, code: 1012 });
    expect(heard()).toEqual(['completed']);

    rig = new Rig();
    rig.enter();
    rig.roomOpens('bash', { epoch: E1, sequence: 4 });
    rig.replay('bash', () => {});
    rig.from(ROOM, status('completed', 9));
    const ended = { epoch: E1, last: null };
    rig.from(ROOM, { type: 'stream:epoch', payload: { agentId, ended, epoch: epochOf(2) } });
    expect(heard()).toEqual(['completed']);
  });

  it('[Q9] passes the queue on', () => {
    const payload = { agentId, revision: 3, queue: [], running: [], ended: [] };
    rig.from(ROOM, { type: 'command:queue', payload });
    expect(rig.messagesOf('command:queue')).toEqual([payload]);
  });

  it('[L] ten a minute of one connection: waiting retryAfter succeeds, 10 ms less fails, going on closes', () => {
    const ask = () => {
      const before = rig.sent(ROOM, 'command:request').length;
      rig.says('command:request', { agentId, command: 'ls' });
      return rig.sent(ROOM, 'command:request').length > before;
    };
    for (let n = 0; n < 10; n += 1) expect(ask()).toBe(true);
    expect(ask()).toBe(false);
    expect(rig.messagesOf('error')).toMatchObject([{ code: 'RATE_LIMIT', details: { retryAfter: 6_000 } }]);
    rig.now += 5_990;
    expect(ask()).toBe(false);
    rig.now += 10;
    expect(ask()).toBe(true);
    rig.says('command:cancel', { commandId });
    expect(rig.sent(ROOM, 'command:cancel')).toHaveLength(1);
    for (let n = 0; n < 9; n += 1) expect(ask()).toBe(false);
    expect(rig.closed).toBeUndefined();
    ask();
    expect(rig.closed).toBe(4429);
  });

  it.each(Object.keys(VIEWER_MESSAGES) as ViewerType[])('[L] of %s, as the one table says', (type) => {
    for (let n = 0; n < 10; n += 1) rig.says('command:request', { agentId, command: 'ls' });
    rig.says(type, { agentId, command: 'ls', commandId, position: 1, cols: 1, rows: 1, data: 'x' });
    const limited = rig.messagesOf('error').some(({ code }) => code === 'RATE_LIMIT');
    expect(limited).toBe(VIEWER_MESSAGES[type].bucket === 'command');
  });

  it('finds the room of a command by its id, and says so where there is none', () => {
    rig.says('command:cancel', { commandId }, 'i1');
    expect(rig.sent(ROOM, 'command:cancel')).toMatchObject([
      { id: 'i1', message: { payload: { commandId } } },
    ]);
    rig.says('command:cancel', { commandId: 'gone.1' }, 'i2');
    expect(rig.messagesOf('ack')).toMatchObject([{ messageId: 'i2', error: { code: 'COMMAND_NOT_FOUND' } }]);
    rig.says('command:cancel', { commandId: 'cmd-456' }, 'i3');
    expect(rig.sent('lobby', 'command:cancel')).toHaveLength(1);
  });

  it('a room that comes later has its commands sent too', () => {
    rig.from('lobby', { type: 'agent:list', payload: { agents: [summaryOf('bash'), summaryOf('new', 2)] } });
    rig.says('command:request', { agentId: 'new', command: 'ls' });
    rig.roomOpens('new');
    expect(rig.sent('room:new', 'command:request')).toHaveLength(1);
  });
});
