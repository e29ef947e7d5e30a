import { LIMITS } from '@muster/protocol';
import { bytes } from '../agents/format.ts';
import type { Attachment } from '../conversations/attachments.svelte.ts';
import { visible } from '../text.ts';

/** The images that agents take; the server looks at their bytes. */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
export const isImage = (mimeType: string | undefined): boolean => IMAGES.has(mimeType ?? '');

/** C15: why these files cannot be sent now; null: they can. `images`: whether the agent takes them, as far as it told. */
export function attachmentBlock(
  attachments: readonly Pick<Attachment, 'name' | 'size' | 'state' | 'mimeType'>[],
  images: boolean | undefined,
): string | null {
  const failed = attachments.find(({ state }) => state === 'failed');
  if (failed !== undefined) return `${visible(failed.name)} is not here. Remove it or try it again.`;
  const total = attachments.reduce((sum, { size }) => sum + size, 0);
  if (total > LIMITS.promptFileBytes)
    return `The files of a message have at most ${bytes(LIMITS.promptFileBytes)} together; these have ${bytes(total)}. Remove one.`;
  const image = images === false ? attachments.find(({ mimeType }) => isImage(mimeType)) : undefined;
  if (image !== undefined) return `This agent takes no images. Remove ${visible(image.name)} to send.`;
  if (attachments.some(({ state }) => state === 'uploading'))
    return 'It can be sent when its files are uploaded.';
  return null;
}

/** What a file's row says of it. */
export function attachmentNote({ state, size, progress, error }: Attachment): string {
  if (state === 'failed') return error ?? 'It was not uploaded.';
  return state === 'uploading' ? `${Math.floor(progress * 100)} % of ${bytes(size)}` : bytes(size);
}
