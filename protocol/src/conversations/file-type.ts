/** C15: the images that agents take and pages show. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];
export const isImageType = (type: string): type is ImageType => IMAGE_TYPES.some((known) => known === type);

const startsWith = (bytes: Uint8Array, at: number, ...magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[at + index] === byte);

/** C15: by its first bytes, whatever its name or sender says; null: none of the images. */
export function imageTypeOf(bytes: Uint8Array): ImageType | null {
  if (startsWith(bytes, 0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (startsWith(bytes, 0, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  const isGif = startsWith(bytes, 0, 0x47, 0x49, 0x46, 0x38);
  if (isGif && (bytes[4] === 0x37 || bytes[4] === 0x39) && bytes[5] === 0x61) return 'image/gif';
  const isRiff = startsWith(bytes, 0, 0x52, 0x49, 0x46, 0x46);
  return isRiff && startsWith(bytes, 8, 0x57, 0x45, 0x42, 0x50) ? 'image/webp' : null;
}

const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,127}$/;

/** C15: what a file is said to be, without parameters; an image only where its bytes say so. */
export function fileTypeOf(given: string, bytes: Uint8Array): string {
  const image = imageTypeOf(bytes);
  if (image !== null) return image;
  const type = (given.split(';')[0] ?? '').trim().toLowerCase();
  return MIME_TYPE.test(type) && !type.startsWith('image/') ? type : 'application/octet-stream';
}
