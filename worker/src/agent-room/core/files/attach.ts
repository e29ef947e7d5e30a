import {
  err,
  LIMITS,
  MIB,
  ok,
  type Prompt,
  type PromptPart,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { FileRecord } from './file-record.ts';

type FilePart = Extract<PromptPart, { type: 'file' }>;

const GONE = wireError(
  'INVALID_MESSAGE',
  'A file of this message is not here, or not any more. Attach it again.',
  { field: 'content' },
);
const inMib = (bytes: number) => (bytes / MIB).toFixed(1);

/** C15: the files of a message must be of its conversation. Their names and types are the room's word. */
export function attachFiles(
  { files }: Pick<RoomState, 'files'>,
  conversationId: string,
  content: Prompt,
): Result<Prompt, WireError> {
  const found = new Map<string, FileRecord>();
  for (const part of content) {
    if (part.type !== 'file') continue;
    const file = files.get(part.fileId);
    if (file?.conversationId !== conversationId) return err(GONE);
    found.set(file.fileId, file);
  }
  if (found.size === 0) return ok(content);
  const bytes = content.reduce(
    (sum, part) => sum + (part.type === 'file' ? (found.get(part.fileId)?.size ?? 0) : 0),
    0,
  );
  if (bytes > LIMITS.promptFileBytes) return err(tooMuch(bytes));
  return ok(content.map((part) => (part.type === 'file' ? partOf(part, found) : part)));
}

const tooMuch = (bytes: number): WireError =>
  wireError(
    'MESSAGE_TOO_LARGE',
    `The files of a message have at most ${LIMITS.promptFileBytes / MIB} MiB together; these have ${inMib(bytes)} MiB. Remove one.`,
    { field: 'content' },
  );

function partOf(part: FilePart, found: ReadonlyMap<string, FileRecord>): FilePart {
  const file = found.get(part.fileId);
  if (file === undefined) return part;
  const { fileId, name, mimeType, size } = file;
  return { type: 'file', fileId, name, mimeType, size };
}

/** C15: a message takes its files along. */
export const useFiles = (work: UnitOfWork, content: Prompt): void =>
  changeFiles(work, content, { used: true, dueAt: work.now + ROOM_LIMITS.fileKept });

/** C15: a message that was withdrawn leaves them for another one. */
export const releaseFiles = (work: UnitOfWork, content: Prompt): void =>
  changeFiles(work, content, { used: false, dueAt: work.now + ROOM_LIMITS.fileUnused });

function changeFiles(work: UnitOfWork, content: Prompt, change: Pick<FileRecord, 'used' | 'dueAt'>): void {
  for (const part of content) {
    const file = part.type === 'file' ? work.room.files.get(part.fileId) : undefined;
    if (file !== undefined) work.files.change({ ...file, ...change });
  }
}
