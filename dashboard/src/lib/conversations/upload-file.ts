import {
  type Result,
  type UploadedFile,
  UploadedFileSchema,
  type WireError,
  wireError,
} from '@muster/protocol';
import { exchange } from '../rest/exchange.ts';

const LOST = wireError('SERVICE_UNAVAILABLE', 'It was not uploaded: the server cannot be reached.');

export interface UploadOptions {
  /** From 0 to 1. */
  readonly progress: (done: number) => void;
  readonly signal: AbortSignal;
}
export type UploadFile = (
  conversationId: string,
  file: File,
  options: UploadOptions,
) => Promise<Result<UploadedFile, WireError>>;

/** C15: a file for the next message. */
export const uploadFile: UploadFile = (conversationId, file, options) => {
  const path = `/api/conversations/${encodeURIComponent(conversationId)}/files?name=${encodeURIComponent(file.name.toWellFormed())}`;
  return exchange(() => post(path, file, options), UploadedFileSchema, LOST);
};

/** As `fetch`, which does not tell how far an upload is. */
function post(path: string, file: File, { progress, signal }: UploadOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', file.type === '' ? 'application/octet-stream' : file.type);
    request.upload.onprogress = ({ loaded, total }) => progress(total === 0 ? 0 : loaded / total);
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => reject(new Error('the upload was lost'));
    request.onabort = () => reject(new Error('the upload was taken back'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
