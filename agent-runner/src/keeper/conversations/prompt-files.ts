import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConversationId,
  err,
  KIB,
  MIB,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { FetchedFile, WantedFile } from '../../acp/core/index.ts';
import type { RoomFiles } from './room-files.ts';

/** A text that goes into the prompt itself, bytes; a longer one is a file that the agent reads. */
const TEXT_BYTES = 256 * KIB;
/** Of all copies of one agent together; the oldest go. */
const COPIES_BYTES = 256 * MIB;
/** Characters of a copy's name. */
const NAME_CHARS = 80;

/** C15: the files of prompts as their agents take them: in the prompt, or as copies that this account alone can read. */
export class PromptFiles {
  readonly #room: Pick<RoomFiles, 'fetch'>;
  readonly #path: string;

  /** `path`: a directory of the keeper's own. */
  constructor(room: Pick<RoomFiles, 'fetch'>, path: string) {
    this.#room = room;
    this.#path = path;
  }

  async fetch(
    conversationId: ConversationId,
    wanted: readonly WantedFile[],
  ): Promise<Result<readonly FetchedFile[], WireError>> {
    const fetched: FetchedFile[] = [];
    for (const file of wanted) {
      const found = await this.#room.fetch(file.fileId);
      if (!found.ok) return err(failed(file, found.error));
      try {
        fetched.push(this.#give(conversationId, file, found.value));
      } catch {
        return err(failed(file, 'The disk of its host takes it not'));
      }
    }
    return ok(fetched);
  }

  /** @throws Error when the disk takes no copy */
  #give(conversationId: ConversationId, { name, wants }: WantedFile, data: Buffer): FetchedFile {
    if (wants === 'bytes') return { type: 'bytes', data: data.toString('base64') };
    const path = this.#copy(conversationId, name, data);
    const text = wants === 'text' && data.length <= TEXT_BYTES ? textOf(data) : null;
    return text === null ? { type: 'path', path } : { type: 'text', text, path };
  }

  #copy(conversationId: ConversationId, name: string, data: Buffer): string {
    const directory = join(this.#path, hashOf(conversationId));
    this.#makeSpace(data.length);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, `${hashOf(data)}-${safeName(name)}`);
    writeFileSync(path, data, { mode: 0o600 });
    return path;
  }

  #makeSpace(bytes: number): void {
    const copies = namesIn(this.#path)
      .flatMap((directory) =>
        namesIn(join(this.#path, directory)).map((name) => join(this.#path, directory, name)),
      )
      .map((path) => ({ path, stat: statSync(path) }))
      .sort((left, right) => left.stat.mtimeMs - right.stat.mtimeMs);
    let held = copies.reduce((sum, { stat }) => sum + stat.size, bytes);
    for (const { path, stat } of copies) {
      if (held <= COPIES_BYTES) return;
      rmSync(path, { force: true });
      held -= stat.size;
    }
  }

  /** The conversation is closed. */
  drop(conversationId: ConversationId): void {
    rmSync(join(this.#path, hashOf(conversationId)), { recursive: true, force: true });
  }
}

const failed = ({ name }: WantedFile, why: string): WireError =>
  wireError('INVALID_STATE', `The file ${name} did not reach the agent: ${why}. Attach it again.`);

const hashOf = (value: string | Buffer) => createHash('sha256').update(value).digest('hex').slice(0, 16);

/** No part of a name leads anywhere, begins an option or hides the file. */
const safeName = (name: string) =>
  name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.-]+/, '')
    .slice(-NAME_CHARS) || 'file';

/** null: it is no text. */
function textOf(data: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
