import { FileIdSchema, LIMITS, MIB, type UploadedFile, type WireError, wireError } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { Outcome } from '../requests/index.ts';
import type { Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { FileRecord, Upload } from './file-record.ts';
import { pinnedFiles } from './pinned.ts';

const refused = (error: WireError): Outcome => ({ type: 'refused', error });
const bytesOf = (files: readonly FileRecord[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** C15: keeps a file for the next messages of a conversation. */
export function uploadFile(work: UnitOfWork, member: Member, upload: Upload): Outcome {
  const conversation = work.room.conversations.get(upload.conversationId);
  if (conversation === undefined)
    return refused(
      wireError('CONVERSATION_NOT_FOUND', 'There is no such conversation', { field: 'conversationId' }),
    );
  if (conversation.endedAt !== null)
    return refused(wireError('INVALID_STATE', 'This conversation has ended. Begin another one.'));
  const { name, mimeType, sha256, data } = upload;
  const size = data.length;
  if (size === 0) return refused(wireError('INVALID_MESSAGE', 'The file is empty. Choose another one.'));
  if (size > LIMITS.fileBytes)
    return refused(wireError('MESSAGE_TOO_LARGE', `A file has at most ${LIMITS.fileBytes / MIB} MiB`));
  const { conversationId } = conversation;
  if (!makeSpace(work, conversationId, size))
    return refused(
      wireError(
        'RESOURCE_EXHAUSTED',
        'The files that wait for messages fill the space of this agent. Send them, or try again in an hour.',
      ),
    );
  const fileId = FileIdSchema.parse(work.context.freshId());
  const dueAt = work.now + ROOM_LIMITS.fileUnused;
  const times = { at: work.now, dueAt, used: false };
  const kept = { fileId, conversationId, name, mimeType, size, sha256, memberId: member.id, ...times };
  work.files.add(kept, data);
  const result: UploadedFile = { fileId, name, mimeType, size };
  return { type: 'done', result };
}

/** C15: the oldest files that were sent give way, those of the conversation first. False: there are not enough of them. */
function makeSpace(work: UnitOfWork, conversationId: string, size: number): boolean {
  const pinned = pinnedFiles(work.room);
  const all = [...work.room.files.values()];
  const own = all.filter((file) => file.conversationId === conversationId);
  const freed = new Set<FileRecord>();
  const free = (files: readonly FileRecord[], most: number, mostFiles: number): boolean => {
    const kept = files.filter((file) => !freed.has(file));
    const gives = kept.filter((file) => file.used && !pinned.has(file.fileId)).sort((a, b) => a.at - b.at);
    let bytes = bytesOf(kept);
    let count = kept.length;
    while (bytes + size > most || count >= mostFiles) {
      const next = gives.shift();
      if (next === undefined) return false;
      freed.add(next);
      bytes -= next.size;
      count -= 1;
    }
    return true;
  };
  const fits =
    free(own, ROOM_LIMITS.conversationFileBytes, ROOM_LIMITS.files) &&
    free(all, ROOM_LIMITS.fileBytes, ROOM_LIMITS.files);
  if (fits) for (const { fileId } of freed) work.files.drop(fileId);
  return fits;
}
