import { type KeeperMessage, LIMITS } from '@muster/protocol';
import type { RoomState } from '../state.ts';
import type { ConnectionId } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { FileReader } from './file-record.ts';

type Read = Extract<KeeperMessage, { type: 'file:read' }>['payload'];

/** Bytes of one call of `btoa`, whose arguments are the stack's. */
const PIECE = 8_190;

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  return text;
}

/** C15: the agent's own keeper gets what its room has, a part at a time; a room holds files of one agent only. */
export function sendFilePart(work: UnitOfWork, keeper: ConnectionId, { fileId, offset }: Read): void {
  const file = work.room.files.get(fileId);
  if (file === undefined || offset >= file.size) {
    work.afterCommit.push({
      type: 'send-to-keeper',
      keeper,
      message: { type: 'file:gone', payload: { fileId } },
    });
    return;
  }
  const { size, sha256 } = file;
  const data = base64Of(work.context.readFile(fileId, offset, LIMITS.filePartBytes));
  const payload = { fileId: file.fileId, offset, size, sha256, data };
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message: { type: 'file:part', payload } });
}

/** A file with its bytes. */
export interface WholeFile {
  readonly name: string;
  readonly mimeType: string;
  readonly data: Uint8Array;
}

/** null: the conversation has no such file, or not any more. */
export function findFile(
  { files }: Pick<RoomState, 'files'>,
  store: FileReader,
  conversationId: string,
  fileId: string,
): WholeFile | null {
  const file = files.get(fileId);
  if (file?.conversationId !== conversationId) return null;
  const { name, mimeType, size } = file;
  return { name, mimeType, data: store.readFile(fileId, 0, size) };
}
