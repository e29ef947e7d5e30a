import type { OnReadOpts } from 'node:net';

/** The most that one read gives, bytes: a whole pipe; a terminal gives some 4 kB. */
const READ_BYTES = 64 * 1024;
/** Memory is taken in such pieces, bytes. */
const SLAB_BYTES = 256 * 1024;

/** Memory to read into. The bytes read are handed on in place: nothing is copied. */
export class Slab {
  #free = Buffer.allocUnsafeSlow(SLAB_BYTES);

  /** Where the next read goes. */
  room(): Buffer {
    return this.#free.subarray(0, READ_BYTES);
  }

  /** The bytes just read into `room`; from now on they are the receiver's. */
  take(bytes: number): Buffer {
    const data = this.#free.subarray(0, bytes);
    const rest = this.#free.subarray(bytes);
    this.#free = rest.length < READ_BYTES ? Buffer.allocUnsafeSlow(SLAB_BYTES) : rest;
    return data;
  }
}

/** Makes a socket read into a slab, past its own buffers. */
export function readInto(slab: Slab, receive: (data: Buffer) => void): OnReadOpts {
  return {
    buffer: () => slab.room(),
    callback: (bytes) => {
      receive(slab.take(bytes));
      return true;
    },
  };
}
