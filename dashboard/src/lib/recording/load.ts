import { CastReader, type Recording } from './cast-reader.ts';

/** Bytes of an asciicast that a page holds; what is longer is for a player beside it. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface Loaded {
  readonly recording: Recording;
  /** It goes on behind what this page holds. */
  readonly cut: boolean;
}

/** @throws Error when there is none, or it is no asciicast; `progress`: the bytes so far. */
export async function loadRecording(
  path: string,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<Loaded> {
  const response = await fetch(path, { signal });
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  const cast = new CastReader();
  const text = new TextDecoder();
  const body = response.body.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await body.read();
    if (done) break;
    cast.push(text.decode(value, { stream: true }));
    bytes += value.length;
    progress(bytes);
    if (bytes < MOST_BYTES) continue;
    await body.cancel();
    break;
  }
  const { recording } = cast;
  if (recording === null) throw new Error('it is empty');
  return { recording, cut: bytes >= MOST_BYTES };
}
