import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileIdSchema, type KeeperMessage, LIMITS, ok } from '@muster/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { PromptFiles } from '../../../src/keeper/conversations/prompt-files.ts';
import { RoomFiles } from '../../../src/keeper/conversations/room-files.ts';
import { conversation } from '../../support/acp-rig.ts';

const root = mkdtempSync(join(tmpdir(), 'muster-prompt-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const FILE = FileIdSchema.parse('f');
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const bytes = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, at) => at % 251));

/** A keeper's fetches and a room with one file; each request is answered when the test says so. */
function room(data: Buffer, claimed = sha256(data)) {
  const asked: number[] = [];
  const files = new RoomFiles((message: KeeperMessage) => {
    if (message.type === 'file:read') asked.push(message.payload.offset);
  });
  const answer = (offset: number) => {
    const part = data.subarray(offset, offset + LIMITS.filePartBytes).toString('base64');
    const payload = { fileId: FILE, offset, size: data.length, sha256: claimed, data: part };
    files.handle({ type: 'file:part', payload });
  };
  const answerAll = async () => {
    for (let at = 0; at < asked.length; at += 1) answer(asked[at] ?? 0);
  };
  return { files, asked, answer, answerAll };
}
const begun = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('[C15] files from the room', () => {
  it('[C15] come in parts, one asked for behind the other, and are what was uploaded', async () => {
    const data = bytes(LIMITS.filePartBytes * 2 + 1);
    const { files, asked, answerAll } = room(data);
    const fetched = files.fetch('f');
    await begun();
    await answerAll();
    expect(await fetched).toEqual(ok(data));
    expect(asked).toEqual([0, LIMITS.filePartBytes, LIMITS.filePartBytes * 2]);
  });

  it('[C15] go on where they were when the link was lost, and take no part twice', async () => {
    const data = bytes(LIMITS.filePartBytes + 1);
    const { files, asked, answer, answerAll } = room(data);
    const fetched = files.fetch('f');
    await begun();
    answer(0);
    files.linked();
    expect(asked).toEqual([0, LIMITS.filePartBytes, LIMITS.filePartBytes]);
    answer(0);
    await answerAll();
    expect(await fetched).toEqual(ok(data));
  });

  it('[C15] are refused when they are not what was uploaded, or not there', async () => {
    const damaged = room(bytes(3), sha256(bytes(4)));
    const fetched = damaged.files.fetch('f');
    await begun();
    await damaged.answerAll();
    expect(await fetched).toMatchObject({ ok: false, error: 'It came damaged' });
    const gone = damaged.files.fetch('f');
    await begun();
    damaged.files.handle({ type: 'file:gone', payload: { fileId: FILE } });
    expect(await gone).toMatchObject({ ok: false });
  });
});

describe('[C15] what an agent gets of a file', () => {
  const path = join(root, 'copies');
  const fetch = async (data: Buffer, name: string, wants: 'bytes' | 'text' | 'path') => {
    const prompts = new PromptFiles({ fetch: async () => ok(data) }, path);
    const fetched = await prompts.fetch(conversation('1'), [{ fileId: 'f', name, wants }]);
    if (!fetched.ok) throw new Error(fetched.error.message);
    const [first] = fetched.value;
    if (first === undefined) throw new Error('nothing came');
    return { prompts, first };
  };

  it('[C15] the bytes of an image, byte for byte, and no copy', async () => {
    const { first } = await fetch(bytes(1000), 'a.png', 'bytes');
    expect(first).toEqual({ type: 'bytes', data: bytes(1000).toString('base64') });
    expect(existsSync(path)).toBe(false);
  });

  it('[C15] a short text; of what is longer, or is no text, a copy that this account alone reads', async () => {
    expect((await fetch(Buffer.from('Grüße'), 'a.txt', 'text')).first).toMatchObject({ text: 'Grüße' });
    expect((await fetch(Buffer.from([0xff, 0xfe, 0]), 'a.bin', 'text')).first.type).toBe('path');
    const { prompts, first } = await fetch(Buffer.alloc(300 * 1024, 'a'), 'long.txt', 'text');
    if (first.type !== 'path') throw new Error('it is no copy');
    expect(readFileSync(first.path)).toHaveLength(300 * 1024);
    expect(statSync(first.path).mode & 0o077).toBe(0);
    prompts.drop(conversation('1'));
    expect(existsSync(first.path)).toBe(false);
  });

  it.each(['../../../etc/cron.d/x', '-rf', '.bashrc', 'a\u0000b', '', '…'])(
    '[C15] a copy named %j stays in its place',
    async (name) => {
      const { first } = await fetch(Buffer.from('x'), name, 'path');
      if (first.type !== 'path') throw new Error('it is no copy');
      expect(first.path.startsWith(`${path}/`)).toBe(true);
      expect(first.path.slice(path.length + 1)).toMatch(/^[0-9a-f]{16}\/[0-9a-f]{16}-[\w][\w.-]*$/);
    },
  );
});
