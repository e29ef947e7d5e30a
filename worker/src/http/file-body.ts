import { KIB, LIMITS, MIB, wireError } from '@muster/protocol';
import type { AppContext } from './app.ts';
import { RequestError } from './errors.ts';
import type { GivenFile } from './given-file.ts';

/** What a form has beside its file, bytes. */
const FORM_BYTES = 16 * KIB;

/** C15: a file as the whole body, named by `?name=`, or the only one of a form. A longer one is not read to its end. @throws RequestError */
export async function readFileBody(context: AppContext): Promise<GivenFile> {
  if (context.var.file !== undefined) return context.var.file;
  const type = context.req.header('content-type') ?? '';
  if (type.startsWith('multipart/form-data')) return fileOfForm(context, type);
  const data = await readBytes(context, LIMITS.fileBytes);
  return { name: context.req.query('name') ?? '', type, data };
}

async function fileOfForm(context: AppContext, type: string): Promise<GivenFile> {
  const bytes = await readBytes(context, LIMITS.fileBytes + FORM_BYTES);
  const file = await onlyFile(bytes, type);
  if (file === null)
    throw new RequestError(wireError('INVALID_MESSAGE', 'The form must have one file. Send one at a time.'));
  if (file.size > LIMITS.fileBytes) throw tooLarge();
  const data = new Uint8Array(await file.arrayBuffer());
  return { name: context.req.query('name') ?? file.name, type: file.type, data };
}

async function onlyFile(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<File | null> {
  try {
    const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
    const files = [...form.values()].filter((value) => value instanceof File);
    return files.length === 1 ? (files[0] ?? null) : null;
  } catch {
    return null;
  }
}

const tooLarge = () =>
  new RequestError(
    wireError('MESSAGE_TOO_LARGE', `A file has at most ${LIMITS.fileBytes / MIB} MiB. Choose a smaller one.`),
  );

/** @throws RequestError once there are more than `most` */
async function readBytes(context: AppContext, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(context.req.header('content-length') ?? 0) > most) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of context.req.raw.body ?? []) {
    length += part.length;
    if (length > most) throw tooLarge();
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
