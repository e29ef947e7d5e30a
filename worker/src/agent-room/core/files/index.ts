/** Files that members upload for messages of conversations. */

export { attachFiles, releaseFiles, useFiles } from './attach.ts';
export { expireFiles, filesDeadline } from './expiry.ts';
export { type FileCommit, type FileRecord, FileRecordSchema, type Upload } from './file-record.ts';
export { findFile, sendFilePart, type WholeFile } from './read.ts';
export { uploadFile } from './upload.ts';
