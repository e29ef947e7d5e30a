import { MIB } from '@muster/protocol';
import * as z from 'zod';
import type { Meter } from '../../usage.ts';
import { type FileCommit, type FileRecord, FileRecordSchema } from '../core/files/index.ts';

/** Bytes of one row: the platform takes less than 2 MB. */
const PART_BYTES = MIB;

export const FILE_TABLES = `
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file_parts (
file TEXT NOT NULL,
part INTEGER NOT NULL,
data BLOB NOT NULL,
PRIMARY KEY (file, part)
);
`;

const RecordRowSchema = z.object({ record: z.string() });
const DataRowSchema = z.object({ data: z.instanceof(ArrayBuffer) });

/** The uploaded files of a room, in the tables and within the transactions of its store. */
export class SqliteFiles {
  readonly #sql: SqlStorage;
  readonly #meter: Pick<Meter, 'countRows'>;

  constructor(sql: SqlStorage, meter: Pick<Meter, 'countRows'>) {
    this.#sql = sql;
    this.#meter = meter;
  }

  load(): FileRecord[] {
    const rows = this.#sql.exec('SELECT record FROM files').toArray();
    return rows.map((row) => FileRecordSchema.parse(JSON.parse(RecordRowSchema.parse(row).record)));
  }

  read(fileId: string, offset: number, length: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    for (let at = offset; at < offset + length; ) {
      const within = at % PART_BYTES;
      const most = Math.min(PART_BYTES - within, offset + length - at);
      const query = 'SELECT substr(data, ?, ?) AS data FROM file_parts WHERE file = ? AND part = ?';
      const part = Math.floor(at / PART_BYTES);
      const row = this.#sql.exec(query, within + 1, most, fileId, part).toArray()[0];
      if (row === undefined) break;
      const piece = new Uint8Array(DataRowSchema.parse(row).data);
      pieces.push(piece);
      if (piece.length < most) break;
      at += piece.length;
    }
    if (pieces.length === 0) throw new Error(`file ${fileId} is not stored`);
    return joined(pieces);
  }

  commit({ files, dropped }: FileCommit): void {
    for (const id of dropped) {
      this.#write('DELETE FROM files WHERE id = ?', id);
      this.#write('DELETE FROM file_parts WHERE file = ?', id);
    }
    for (const { record, data } of files) {
      this.#write(
        'INSERT INTO files (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
        ...[record.fileId, JSON.stringify(record)],
      );
      for (let at = 0; at < (data?.length ?? 0); at += PART_BYTES)
        this.#write(
          'INSERT INTO file_parts (file, part, data) VALUES (?, ?, ?)',
          ...[record.fileId, at / PART_BYTES, data?.slice(at, at + PART_BYTES)],
        );
    }
  }

  #write(query: string, ...bindings: unknown[]): void {
    this.#meter.countRows(this.#sql.exec(query, ...bindings).rowsWritten);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
