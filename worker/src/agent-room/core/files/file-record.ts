import { ConversationIdSchema, FileIdSchema, MemberIdSchema } from '@muster/protocol';
import * as z from 'zod';

/** C15: an uploaded file without its bytes, as it is stored. */
export const FileRecordSchema = z.object({
  fileId: FileIdSchema,
  conversationId: ConversationIdSchema,
  name: z.string(),
  mimeType: z.string(),
  /** Bytes. */
  size: z.number().int().min(1),
  /** 64 hex digits. */
  sha256: z.string(),
  memberId: MemberIdSchema,
  /** ms since 1970. */
  at: z.number(),
  /** When it goes, ms since 1970, unless a message with it waits. */
  dueAt: z.number(),
  /** A message took it along. */
  used: z.boolean(),
});
export type FileRecord = z.infer<typeof FileRecordSchema>;

/** What came: its name and type as they may be kept, and its SHA-256, 64 hex digits. */
export interface Upload {
  readonly conversationId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly sha256: string;
  readonly data: Uint8Array;
}

/** One transaction's part of files. */
export interface FileCommit {
  /** With the bytes where the file is new. */
  readonly files: readonly { readonly record: FileRecord; readonly data?: Uint8Array }[];
  readonly dropped: readonly string[];
}

/** C15: what is stored of files. */
export interface FileReader {
  /** So many bytes from `offset` on, or up to the end. @throws Error where there is none of that id. */
  readonly readFile: (fileId: string, offset: number, length: number) => Uint8Array;
}
