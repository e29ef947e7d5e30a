import { FileIdSchema, LIMITS, MIB } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { ConversationRig } from './conversations-rig.ts';
import { KEEPER, keeperMessages, sent } from './rig.ts';

const SHA = 'c'.repeat(64);
const HOUR = 3_600_000;

/** A conversation whose members upload files, and whose keeper reads them. */
function withFiles() {
  const c = new ConversationRig();
  const { rig } = c;
  const conversationId = c.create();
  let uploads = 0;
  const upload = (data: Uint8Array, to = conversationId, from = 'v'): Effect[] => {
    uploads += 1;
    const file = { conversationId: to, name: 'a.png', mimeType: 'image/png', sha256: SHA, data };
    return rig.do({ type: 'file-uploaded', connection: from, file, id: `u${uploads}` });
  };
  const uploaded = (size = 3, to = conversationId): string => {
    const effects = upload(new Uint8Array(size).fill(7), to);
    return String(sent(effects, 'v', 'ack')[0]?.result?.['fileId']);
  };
  const say = (fileIds: string[], to = conversationId): Effect[] => {
    const content = fileIds.map((fileId) => ({ type: 'file', fileId, name: 'lie', mimeType: 'text/html' }));
    return c.send('chat:message', { conversationId: to, content });
  };
  const read = (fileId: string, offset = 0, connection = KEEPER): Effect[] => {
    const payload = { fileId: FileIdSchema.parse(fileId), offset };
    return rig.do({ type: 'keeper-message', connection, message: { type: 'file:read', payload } });
  };
  const pass = (ms: number): void => {
    rig.now += ms;
    rig.do({ type: 'alarm' });
  };
  const has = (fileId: string): boolean => rig.room.files.has(fileId);
  return { c, rig, conversationId, upload, uploaded, say, read, pass, has };
}

const errorOf = (effects: readonly Effect[], to = 'v') => sent(effects, to, 'ack')[0]?.error;

describe('[C15] files of a conversation', () => {
  it('[C15] one is kept, told to the agent by the room’s own word, and read in parts by its keeper', () => {
    const { c, uploaded, say, read } = withFiles();
    const size = LIMITS.filePartBytes + 5;
    const fileId = uploaded(size);
    const [prompt] = c.prompts(say([fileId]));
    expect(prompt?.content).toEqual([{ type: 'file', fileId, name: 'a.png', mimeType: 'image/png', size }]);
    const [first] = keeperMessages(read(fileId), 'file:part');
    const [second] = keeperMessages(read(fileId, LIMITS.filePartBytes), 'file:part');
    expect([first?.size, first?.sha256, first?.offset]).toEqual([size, SHA, 0]);
    const parts = [first, second].map((part) => Buffer.from(part?.data ?? '', 'base64'));
    expect(Buffer.concat(parts).equals(Buffer.alloc(size, 7))).toBe(true);
    expect(keeperMessages(read(fileId, size), 'file:gone')).toEqual([{ fileId }]);
  });

  it('[S7] [C15] it survives the room’s sleep between upload, message and reading', () => {
    const { c, rig, uploaded, say, read } = withFiles();
    const fileId = uploaded();
    rig.sleep();
    expect(c.prompts(say([fileId]))).toHaveLength(1);
    rig.sleep();
    expect(keeperMessages(read(fileId), 'file:part')[0]?.data).toBe('BwcH');
  });

  it('[C15] one of another conversation, or of none, is refused, and nothing is said', () => {
    const { c, conversationId, uploaded, say } = withFiles();
    const other = c.create();
    const fileId = uploaded(3, other);
    for (const id of [fileId, 'no-such-file']) expect(errorOf(say([id]))?.code).toBe('INVALID_MESSAGE');
    expect(c.record(conversationId).queue).toEqual([]);
  });

  it('[C15] an empty one, one over 5 MiB and one of an ended conversation are refused', () => {
    const { c, conversationId, upload } = withFiles();
    expect(errorOf(upload(new Uint8Array(0)))?.code).toBe('INVALID_MESSAGE');
    expect(errorOf(upload(new Uint8Array(LIMITS.fileBytes + 1)))?.code).toBe('MESSAGE_TOO_LARGE');
    expect(errorOf(upload(new Uint8Array(1), 'a.nosuch'))?.code).toBe('CONVERSATION_NOT_FOUND');
    c.send('conversation:close', { conversationId });
    expect(errorOf(upload(new Uint8Array(1)))?.code).toBe('INVALID_STATE');
  });

  it('[C15] four of 5 MiB go in one message; five are refused, stay, and go in two', () => {
    const { c, conversationId, uploaded, say, has } = withFiles();
    const ids = Array.from({ length: 5 }, () => uploaded(LIMITS.fileBytes));
    expect(errorOf(say(ids))).toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      message: 'The files of a message have at most 24 MiB together; these have 25.0 MiB. Remove one.',
    });
    expect(c.record(conversationId).queue).toEqual([]);
    expect(ids.every(has)).toBe(true);
    expect(errorOf(say(ids.slice(0, 4)))).toBeUndefined();
    expect(errorOf(say(ids.slice(4)))).toBeUndefined();
  });

  it('[C15] the same file many times counts each time', () => {
    const { uploaded, say } = withFiles();
    const fileId = uploaded(LIMITS.fileBytes);
    expect(errorOf(say(Array<string>(5).fill(fileId)))?.code).toBe('MESSAGE_TOO_LARGE');
  });

  it('[X5] a viewer keeps nothing in the room', () => {
    const { rig, upload } = withFiles();
    rig.joinChats('w', 'viewer', 'Vic');
    expect(errorOf(upload(new Uint8Array(3), undefined, 'w'), 'w')?.code).toBe('INSUFFICIENT_PERMISSIONS');
    expect(rig.room.files.size).toBe(0);
  });

  it('[C15] only the keeper that counts reads', () => {
    const { uploaded, read } = withFiles();
    expect(read(uploaded(), 0, 'an-older-keeper')).toEqual([]);
  });

  it('[C15] it goes an hour after an upload that no message took', () => {
    const { uploaded, pass, has } = withFiles();
    const fileId = uploaded();
    pass(HOUR - 1);
    expect(has(fileId)).toBe(true);
    pass(1);
    expect(has(fileId)).toBe(false);
  });

  it('[C15] it stays while its message waits, and is free for another when that is withdrawn', () => {
    const { c, conversationId, uploaded, say, pass, has } = withFiles();
    c.chat(conversationId, 'first');
    const fileId = uploaded();
    const { messageId } = sent(say([fileId]), 'v', 'ack')[0]?.result ?? {};
    pass(ROOM_LIMITS.fileKept + HOUR);
    expect(has(fileId)).toBe(true);
    c.send('chat:withdraw', { conversationId, messageId });
    expect(errorOf(say([fileId]))).toBeUndefined();
  });

  it('[C15] the oldest that were sent give way to new ones; what waits never does', () => {
    const { c, conversationId, uploaded, upload, say, has } = withFiles();
    const sentOne = uploaded(LIMITS.fileBytes);
    const [prompt] = c.prompts(say([sentOne]));
    c.started(conversationId, prompt?.turnId ?? '', prompt?.messageId);
    const most = Math.floor(ROOM_LIMITS.conversationFileBytes / LIMITS.fileBytes);
    const waiting = Array.from({ length: most - 1 }, () => uploaded(LIMITS.fileBytes));
    expect(has(sentOne)).toBe(true);
    waiting.push(uploaded(LIMITS.fileBytes));
    expect(has(sentOne)).toBe(false);
    expect(errorOf(upload(new Uint8Array(5 * MIB)))?.code).toBe('RESOURCE_EXHAUSTED');
    expect(waiting.every(has)).toBe(true);
  });

  it('[C15] they go with their conversation', () => {
    const { c, rig, conversationId, uploaded } = withFiles();
    uploaded();
    c.send('conversation:close', { conversationId });
    for (let n = 1; n <= LIMITS.conversationsPerAgent; n += 1) c.create();
    expect(rig.room.conversations.has(conversationId)).toBe(false);
    expect(rig.room.files.size).toBe(0);
    expect(rig.store.load().files).toEqual([]);
  });
});

describe('[C11] [C15] a question to the host', () => {
  const query = { type: 'files', text: 'src' } as const;
  const asked = (effects: readonly Effect[]) => effects.filter(({ type }) => type === 'host-answered');

  it('[C15] goes to the keeper, and its answer to the one that asked', () => {
    const { rig } = withFiles();
    const effects = rig.do({ type: 'host-asked', queryId: 'q', query });
    expect(keeperMessages(effects, 'host:query')).toEqual([{ queryId: 'q', query }]);
    const answer = { type: 'files' as const, files: ['src/a.ts'] };
    const message = { type: 'host:answer' as const, payload: { queryId: 'q', answer } };
    const answered = rig.do({ type: 'keeper-message', connection: KEEPER, message });
    expect(asked(answered)).toEqual([{ type: 'host-answered', queryId: 'q', answer }]);
  });

  it('[C15] is AGENT_OFFLINE while the host is away', () => {
    const { c, rig } = withFiles();
    c.away();
    expect(asked(rig.do({ type: 'host-asked', queryId: 'q', query }))).toMatchObject([
      { answer: { type: 'refused', error: { code: 'AGENT_OFFLINE' } } },
    ]);
  });
});
