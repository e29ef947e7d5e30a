import { isImageType, type Prompt, type PromptPart } from '@muster/protocol';
import type { Json } from './json.ts';
import type { Capabilities, Context, FetchedFile, WantedFile } from './types.ts';

type FilePart = Extract<PromptPart, { type: 'file' }>;
const isFile = (part: PromptPart): part is FilePart => part.type === 'file';
const typeOf = ({ mimeType }: FilePart) => mimeType ?? 'application/octet-stream';
const nameOf = ({ name, fileId }: FilePart) => name ?? fileId;

/** C15: how the agent is to get the files of a prompt: as it takes them, else as files that it can read. */
export const wantedFiles = (prompt: Prompt, { images, embeds }: Capabilities): WantedFile[] =>
  prompt.filter(isFile).map((part) => {
    const asked = { fileId: part.fileId, name: nameOf(part) };
    if (images && isImageType(typeOf(part))) return { ...asked, wants: 'bytes' };
    return { ...asked, wants: embeds ? 'text' : 'path' };
  });

/** As ACP has it: a file of the workspace is a link that the agent reads by itself. `files`: of its file parts, in order. */
export function blocksOf(
  prompt: Prompt,
  { locate }: Pick<Context, 'locate'>,
  files: readonly FetchedFile[] = [],
): Json[] {
  const left = [...files];
  return prompt.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    if (part.type === 'file') return fileBlock(part, left.shift());
    const path = locate(part.path);
    return path === null
      ? { type: 'text', text: `@${part.path}` }
      : { type: 'resource_link', uri: fileUri(path), name: part.path };
  });
}

function fileBlock(part: FilePart, file: FetchedFile | undefined): Json {
  const mimeType = typeOf(part);
  switch (file?.type) {
    case undefined:
      return { type: 'text', text: `[${nameOf(part)}]` };
    case 'bytes':
      return { type: 'image', data: file.data, mimeType };
    case 'text':
      return { type: 'resource', resource: { uri: fileUri(file.path), text: file.text, mimeType } };
    case 'path': {
      const size = part.size === undefined ? {} : { size: part.size };
      return { type: 'resource_link', uri: fileUri(file.path), name: nameOf(part), mimeType, ...size };
    }
  }
}

/** Of an absolute path. */
const fileUri = (path: string) =>
  `file://${path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => `/${encodeURIComponent(part)}`)
    .join('')}`;
