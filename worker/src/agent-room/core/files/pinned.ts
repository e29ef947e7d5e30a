import type { RoomState } from '../state.ts';

/** C15: files of messages that wait, or are on their way to the agent: they stay, whatever their time. */
export function pinnedFiles({ conversations }: Pick<RoomState, 'conversations'>): ReadonlySet<string> {
  const pinned = new Set<string>();
  for (const { queue } of conversations.values())
    for (const { content } of queue)
      for (const part of content) if (part.type === 'file') pinned.add(part.fileId);
  return pinned;
}
