import {
  batchesIn,
  decodeServer,
  encodeBatch,
  encodeMessage,
  type ServerMessage,
  STREAM,
} from '@muster/protocol';
import { expect, it } from 'vitest';
import { commandsOf } from '../src/index.ts';
import { handleStream, isStreamMessage, openStream } from '../src/sync/index.ts';
import { epochOf } from './stream/support.ts';

it('sends the message, and resolves with the ack’s result', async () => {
  const said: unknown[] = [];
  const commands = commandsOf({
    request: async (type, payload) => {
      said.push([type, payload]);
      return { messageId: 'm', success: true, result: { commandId: 'a.1', position: 2 } };
    },
  });
  expect(await commands.request('a', 'ls', { priority: 'high' })).toBe('a.1');
  expect(await commands.move('a.1', 5)).toBe(2);
  expect(await commands.retry('a.1')).toBe('a.1');
  await commands.interrupt('a.1', { force: true });
  await commands.cancel('a.1');
  await commands.edit('a.1', 'pwd');
  expect(said).toEqual([
    ['command:request', { agentId: 'a', command: 'ls', priority: 'high' }],
    ['command:move', { commandId: 'a.1', position: 5 }],
    ['command:retry', { commandId: 'a.1' }],
    ['command:interrupt', { commandId: 'a.1', force: true }],
    ['command:cancel', { commandId: 'a.1' }],
    ['command:edit', { commandId: 'a.1', command: 'pwd' }],
  ]);
});

it('[S12] a reader names each frame’s command', () => {
  const bytes = encodeBatch({
    kind: 'output',
    epoch: epochOf(1),
    first: 1,
    command: 'a.1',
    commandFirst: 4,
    chunks: [{ stream: STREAM.stdout, data: new Uint8Array(3), time: 1 }],
  });
  const begin = { type: 'replay:begin', payload: { agentId: 'a', from: { epoch: epochOf(1), sequence: 1 } } };
  const decoded = decodeServer(encodeMessage(begin as ServerMessage));
  if (!decoded.ok) throw new Error('no message');
  const { message } = decoded.value;
  if (!isStreamMessage(message)) throw new Error('no message about the stream');
  const stream = openStream(null);
  handleStream(stream, { type: 'attach' });
  handleStream(stream, message);
  const header = [...batchesIn(bytes)][0];
  if (header === undefined) throw new Error('no batch');
  const [output] = handleStream(stream, { type: 'batch', header, bytes });
  expect(output).toMatchObject({ type: 'output', command: 'a.1', frames: [{ commandSequence: 4 }] });
});
