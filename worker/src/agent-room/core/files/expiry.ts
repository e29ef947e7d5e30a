import type { RoomState } from '../state.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { FileRecord } from './file-record.ts';
import { pinnedFiles } from './pinned.ts';

const free = (room: RoomState): FileRecord[] => {
  const pinned = pinnedFiles(room);
  return [...room.files.values()].filter(({ fileId }) => !pinned.has(fileId));
};

/** H2: null: nothing is due. */
export function filesDeadline(room: RoomState): number | null {
  if (room.files.size === 0) return null;
  const due = free(room).map(({ dueAt }) => dueAt);
  return due.length === 0 ? null : Math.min(...due);
}

/** C15: called by the alarm. */
export function expireFiles(work: UnitOfWork): void {
  if (work.room.files.size === 0) return;
  for (const { fileId, dueAt } of free(work.room)) if (dueAt <= work.now) work.files.drop(fileId);
}
