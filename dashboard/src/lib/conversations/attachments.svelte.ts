import { LIMITS, type UploadedFile } from '@muster/protocol';
import { bytes } from '../agents/format.ts';
import { type UploadFile, uploadFile } from './upload-file.ts';

/** A file of the message that is being written. */
export interface Attachment {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly mimeType: string;
  readonly state: 'uploading' | 'ready' | 'failed';
  /** From 0 to 1. */
  readonly progress: number;
  /** Why it failed, for a person. */
  readonly error: string | null;
  /** Once it is ready. */
  readonly file: UploadedFile | null;
}

interface Held {
  readonly file: File;
  readonly abort: AbortController;
}

/** C15: what one message may have attached at most; more would only be looked at. */
const FILES = 20;

/** The files of the message that is being written: each is uploaded at once, so that sending waits for nothing. */
export class Attachments {
  list = $state.raw<readonly Attachment[]>([]);
  readonly #conversationId: string;
  readonly #upload: UploadFile;
  readonly #held = new Map<string, Held>();

  constructor(conversationId: string, upload: UploadFile = uploadFile) {
    this.#conversationId = conversationId;
    this.#upload = upload;
  }

  /** Those that are here, in their order. */
  get ready(): readonly UploadedFile[] {
    return this.list.flatMap(({ file }) => file ?? []);
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      if (this.list.length >= FILES) return;
      const id = crypto.randomUUID();
      const shared = { id, name: file.name, size: file.size, mimeType: file.type };
      const refusal = refusalOf(file);
      const begun = { progress: 0, error: refusal, file: null };
      this.list = [...this.list, { ...shared, ...begun, state: refusal === null ? 'uploading' : 'failed' }];
      this.#held.set(id, { file, abort: new AbortController() });
      if (refusal === null) void this.#send(id);
    }
  }

  remove(id: string): void {
    this.#held.get(id)?.abort.abort();
    this.#held.delete(id);
    this.list = this.list.filter((one) => one.id !== id);
  }

  retry(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined || refusalOf(held.file) !== null) return;
    this.#change(id, { state: 'uploading', progress: 0, error: null });
    void this.#send(id);
  }

  /** They went with their message, or the page leaves them. */
  clear(): void {
    for (const { id } of this.list) this.remove(id);
  }

  async #send(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (held === undefined) return;
    const progress = (done: number) => this.#change(id, { progress: done });
    const { signal } = held.abort;
    const sent = await this.#upload(this.#conversationId, held.file, { progress, signal });
    if (sent.ok) {
      const { name, mimeType, size } = sent.value;
      this.#change(id, { state: 'ready', progress: 1, file: sent.value, name, mimeType, size });
    } else this.#change(id, { state: 'failed', error: sent.error.message });
  }

  #change(id: string, part: Partial<Attachment>): void {
    this.list = this.list.map((one) => (one.id === id ? { ...one, ...part } : one));
  }
}

/** C15: what the server would refuse is not sent. */
function refusalOf({ size }: File): string | null {
  if (size === 0) return 'It is empty. Choose another one.';
  if (size <= LIMITS.fileBytes) return null;
  return `It has ${bytes(size)}; a file has at most ${bytes(LIMITS.fileBytes)}. Choose a smaller one.`;
}
