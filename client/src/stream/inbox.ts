import { batchBytes, isPacked, readBatch, unpack, withBody } from '@muster/protocol';

/** `bytes`: batches that are not compressed; `wireBytes`: what they were on the wire, for S8. */
export type TakeBytes = (bytes: Uint8Array, wireBytes: number) => void;

type Item =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array; readonly take: TakeBytes }
  | { readonly is: 'other'; readonly take: () => void };

/**
 * S12, R2: what comes on one socket, handed on in its order though unpacking takes time: at once while nothing is
 * being unpacked, else behind that. It holds what the server may send ahead (S8: 1 MiB on the wire), and one
 * unpacked batch. One inbox a socket: what is in it when the socket is given up was not delivered.
 */
export class Inbox {
  readonly #queue: Item[] = [];
  #unpacking = false;
  #closed = false;

  /** A binary message. Bytes that cannot be unpacked are handed on as they came: `readBatches` refuses them. */
  bytes(bytes: Uint8Array, take: TakeBytes): void {
    this.#put({ is: 'bytes', bytes, take });
  }

  /** Anything else that has its place among the messages. */
  other(take: () => void): void {
    this.#put({ is: 'other', take });
  }

  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
  }

  #put(item: Item): void {
    if (this.#closed) return;
    if (this.#unpacking || (item.is === 'bytes' && isPacked(item.bytes))) {
      this.#queue.push(item);
      if (!this.#unpacking) void this.#run();
    } else if (item.is === 'bytes') item.take(item.bytes, item.bytes.length);
    else item.take();
  }

  async #run(): Promise<void> {
    this.#unpacking = true;
    try {
      for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) {
        if (item.is === 'other') item.take();
        else if (isPacked(item.bytes)) await this.#unpack(item);
        else item.take(item.bytes, item.bytes.length);
      }
    } finally {
      this.#unpacking = false;
      // A receiver threw: that is told where it is told of rejections, and the rest is still its to have.
      if (this.#queue.length > 0) void this.#run();
    }
  }

  /** Batch by batch, so that a message of many is not in memory as a whole. */
  async #unpack({ bytes, take }: Item & { is: 'bytes' }): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      const header = readBatch(bytes, offset);
      if (!header.ok) return take(bytes.subarray(offset), bytes.length - offset);
      const { gzip, length } = header.value;
      const batch = batchBytes(bytes, header.value);
      const raw = gzip ? await unpack(header.value, bytes) : null;
      if (this.#closed) return;
      take(raw?.ok === true ? withBody(bytes, header.value, raw.value, false) : batch, length);
      offset += length;
    }
  }
}
