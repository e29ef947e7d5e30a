import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as lasting, setImmediate as turn } from 'node:timers/promises';
import { frameLength } from './frames.ts';

/** Bytes leave in pieces of at most so many, of a random size; with a wait between them they drip. */
export class Splitter extends Transform {
  readonly #most: number;
  readonly #waitMs: number;
  readonly #random: () => number;

  constructor(most: number, waitMs: number, random: () => number) {
    super();
    this.#most = most;
    this.#waitMs = waitMs;
    this.#random = random;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    void this.#split(data).then(
      () => done(),
      (error: Error) => done(error),
    );
  }

  async #split(data: Buffer): Promise<void> {
    for (let at = 0; at < data.length; ) {
      const size = 1 + Math.floor(this.#random() * this.#most);
      this.push(data.subarray(at, at + size));
      at += size;
      // A turn of its own, so that the pieces leave apart.
      await (this.#waitMs === 0 ? turn() : lasting(this.#waitMs));
    }
  }
}

/** Transforms one WebSocket frame: returns the frames to send in its place. */
export type TransformFrame = (frame: Buffer) => readonly Buffer[];

const HEAD_END = '\r\n\r\n';

/** Sees the frames of one direction of a WebSocket, once its HTTP head has passed. */
export class FrameTransform extends Transform {
  readonly #meddle: TransformFrame;
  #rest = Buffer.alloc(0);
  #upgraded = false;

  constructor(meddle: TransformFrame) {
    super();
    this.#meddle = meddle;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    if (!this.#upgraded) this.#passHead();
    if (this.#upgraded) this.#passFrames();
    done();
  }

  #passHead(): void {
    const end = this.#rest.indexOf(HEAD_END);
    if (end < 0) return;
    this.push(this.#rest.subarray(0, end + HEAD_END.length));
    this.#rest = this.#rest.subarray(end + HEAD_END.length);
    this.#upgraded = true;
  }

  #passFrames(): void {
    for (;;) {
      const length = frameLength(this.#rest);
      if (length === null || this.#rest.length < length) return;
      const frame = Buffer.from(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
      for (const out of this.#meddle(frame)) this.push(out);
    }
  }
}
