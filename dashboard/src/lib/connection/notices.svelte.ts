import type { MusterClientEvents } from '@muster/client';
import { sentenceOf } from '../rest/to-sentence.ts';

export type Notice = MusterClientEvents['notice'] & { readonly key: number };

/** Notices on the page at a time; older ones give way. */
const MOST = 4;
/** ms after which good news leaves by itself; bad news stays until it is read. */
const INFO_MS = 8_000;

/** Notices from the server that answer no request. */
export class Notices {
  list = $state.raw<readonly Notice[]>([]);
  #next = 1;

  add(notice: MusterClientEvents['notice']): void {
    const key = this.#next++;
    this.list = [...this.list, { ...notice, message: sentenceOf(notice), key }].slice(-MOST);
    if (notice.level === 'info') setTimeout(() => this.dismiss(key), INFO_MS);
  }

  clear(): void {
    this.list = [];
  }

  dismiss(key: number): void {
    this.list = this.list.filter((notice) => notice.key !== key);
  }
}
