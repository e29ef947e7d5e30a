/** Files that members upload for messages of conversations. */

export { attachFiles, releaseFiles, useFiles } from './attach.ts';
export { expireFiles, filesDeadline } from './expiry.ts';
export { type FileCommit, type FileReader, type FileRecord, FileRecordSchema } from './file-record.ts';
export { findFile, sendFilePart, type WholeFile } from './read.ts';
export { type Upload, uploadFile } from './upload.ts';
