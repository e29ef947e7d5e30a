import {
  err,
  FileIdSchema,
  LIMITS,
  ok,
  type Result,
  type UploadedFile,
  type WireError,
  wireError,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { attachmentBlock, attachmentNote } from '../../src/lib/conversation-view/attachment-words.ts';
import { Attachments } from '../../src/lib/conversations/attachments.svelte.ts';
import type { UploadOptions } from '../../src/lib/conversations/upload-file.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const fileOf = (name: string, size: number, type = 'image/png') =>
  new File([new Uint8Array(size)], name, { type });

/** The files of a message, whose uploads a test plays. */
function writing() {
  const uploads: (UploadOptions & { file: File; end: (result: Result<UploadedFile, WireError>) => void })[] =
    [];
  const attachments = new Attachments(
    'a.c',
    (_, file, options) =>
      new Promise((end) => {
        uploads.push({ ...options, file, end });
      }),
  );
  const finish = async (at: number) => {
    const upload = uploads[at];
    const { name = '', size = 0 } = upload?.file ?? {};
    upload?.end(ok({ fileId: FileIdSchema.parse(`f${at}`), name, mimeType: 'image/png', size }));
    await settled();
  };
  return { attachments, uploads, finish };
}

describe('[C15] the files of a message that is being written', () => {
  it('[C15] are uploaded at once, with how far that is, and are then ready in their order', async () => {
    const { attachments, uploads, finish } = writing();
    attachments.add([fileOf('a.png', 1024), fileOf('b.png', 2048)]);
    uploads[0]?.progress(0.5);
    expect(attachments.list.map(attachmentNote)).toEqual(['50 % of 1 KiB', '0 % of 2 KiB']);
    expect(attachmentBlock(attachments.list, true)).toContain('when its files are uploaded');
    await finish(1);
    await finish(0);
    expect(attachments.ready.map(({ fileId }) => fileId)).toEqual(['f0', 'f1']);
    expect(attachmentBlock(attachments.list, true)).toBeNull();
  });

  it('[C15] one that is too large or empty is refused with the limit, and never sent', () => {
    const { attachments, uploads } = writing();
    attachments.add([fileOf('big.png', LIMITS.fileBytes + 1), fileOf('none.png', 0)]);
    expect(uploads).toEqual([]);
    expect(attachments.list.map(({ error }) => error)).toEqual([
      'It has 5 MiB; a file has at most 5 MiB. Choose a smaller one.',
      'It is empty. Choose another one.',
    ]);
    expect(attachmentBlock(attachments.list, true)).toContain('big.png is not here');
  });

  it('[C15] over 24 MiB together they cannot be sent, and nothing of them is lost', async () => {
    const { attachments, finish } = writing();
    attachments.add(Array.from({ length: 5 }, (_, n) => fileOf(`${n}.png`, LIMITS.fileBytes)));
    for (let n = 0; n < 5; n += 1) await finish(n);
    expect(attachmentBlock(attachments.list, true)).toBe(
      'The files of a message have at most 24 MiB together; these have 25 MiB. Remove one.',
    );
    expect(attachments.ready).toHaveLength(5);
    attachments.remove(attachments.list[4]?.id ?? '');
    expect(attachmentBlock(attachments.list, true)).toBeNull();
  });

  it('[C5] [C15] an agent that takes no images is said so before sending, once it is known', async () => {
    const { attachments, finish } = writing();
    attachments.add([fileOf('a.png', 3)]);
    await finish(0);
    expect(attachmentBlock(attachments.list, false)).toBe(
      'This agent takes no images. Remove a.png to send.',
    );
    expect(attachmentBlock(attachments.list, undefined)).toBeNull();
  });

  it('[C15] one that failed says why and can be tried again; one that is removed is taken back', async () => {
    const { attachments, uploads, finish } = writing();
    attachments.add([fileOf('a.png', 3)]);
    uploads[0]?.end(err(wireError('SERVICE_UNAVAILABLE', 'The server cannot be reached.')));
    await settled();
    const [failed] = attachments.list;
    expect(failed).toMatchObject({ state: 'failed', error: 'The server cannot be reached.' });
    attachments.retry(failed?.id ?? '');
    await finish(1);
    expect(attachments.ready).toHaveLength(1);
    attachments.add([fileOf('b.png', 3)]);
    attachments.clear();
    expect(uploads[2]?.signal.aborted).toBe(true);
    expect(attachments.list).toEqual([]);
  });
});
