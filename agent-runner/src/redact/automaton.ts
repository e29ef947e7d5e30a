/** A shift is a byte. */
const WINDOW = 255;

/**
 * Aho and Corasick's automaton: finds every pattern in one pass, a bounded number of steps a byte however the patterns
 * overlap. A state is the longest end of what was read that begins a pattern; 0 is none. Where none has begun, Wu and
 * Manber's shifts pass over what no pattern can begin in: most of any output is looked at once in as many bytes as the
 * shortest pattern has.
 */
export class Automaton {
  /** A state's first child and its next sibling, 0: none; the byte that leads to it; where it goes on when none fits. */
  readonly #child: Int32Array;
  readonly #sibling: Int32Array;
  readonly #byte: Uint8Array;
  readonly #fail: Int32Array;
  readonly #depth: Int32Array;
  /** The length of the longest pattern that ends in a state, 0: none does. */
  readonly #longest: Int32Array;
  readonly #first = new Int32Array(256);
  readonly #shift: Uint8Array;
  readonly #window: number;
  #states = 1;

  /** @param patterns at least one, none of them shorter than two bytes. */
  constructor(patterns: readonly Uint8Array[]) {
    const most = 1 + patterns.reduce((sum, { length }) => sum + length, 0);
    this.#child = new Int32Array(most);
    this.#sibling = new Int32Array(most);
    this.#byte = new Uint8Array(most);
    this.#fail = new Int32Array(most);
    this.#depth = new Int32Array(most);
    this.#longest = new Int32Array(most);
    for (const pattern of patterns) this.#insert(pattern);
    this.#link();
    this.#window = patterns.reduce((least, { length }) => Math.min(least, length), WINDOW);
    this.#shift = shifts(patterns, this.#window);
  }

  /** How many of the last bytes may be the beginning of a pattern. */
  depth(state: number): number {
    return this.#depth[state] ?? 0;
  }

  /** Reads `data` from `from` on; tells for each end of a pattern the longest that ends there. The state after it. */
  read(state: number, data: Uint8Array, from: number, found: (start: number, end: number) => void): number {
    let now = state;
    for (let at = from; at < data.length; at += 1) {
      if (now === 0) at = this.#skip(data, at);
      now = this.#step(now, data[at] ?? 0);
      const length = this.#longest[now] ?? 0;
      if (length > 0) found(at + 1 - length, at + 1);
    }
    return now;
  }

  /** Where the first pattern at or after `at` could begin, or near the end. */
  #skip(data: Uint8Array, at: number): number {
    const last = data.length - this.#window;
    let start = at;
    while (start <= last) {
      const end = start + this.#window;
      const shift = this.#shift[(data[end - 2] ?? 0) | ((data[end - 1] ?? 0) << 8)] ?? 0;
      if (shift === 0) break;
      start += shift;
    }
    return start;
  }

  #step(state: number, byte: number): number {
    for (let from = state; from !== 0; from = this.#fail[from] ?? 0) {
      const to = this.#childOf(from, byte);
      if (to !== 0) return to;
    }
    return this.#first[byte] ?? 0;
  }

  #childOf(state: number, byte: number): number {
    let child = this.#child[state] ?? 0;
    while (child !== 0 && this.#byte[child] !== byte) child = this.#sibling[child] ?? 0;
    return child;
  }

  #insert(pattern: Uint8Array): void {
    let state = 0;
    for (const byte of pattern) state = this.#childOf(state, byte) || this.#grow(state, byte);
    this.#longest[state] = pattern.length;
  }

  #grow(parent: number, byte: number): number {
    const state = this.#states;
    this.#states += 1;
    this.#byte[state] = byte;
    this.#depth[state] = this.depth(parent) + 1;
    this.#sibling[state] = this.#child[parent] ?? 0;
    this.#child[parent] = state;
    if (parent === 0) this.#first[byte] = state;
    return state;
  }

  /** Level by level: where a state goes on is less deep than it. */
  #link(): void {
    const queue = new Int32Array(this.#states);
    let known = 1;
    for (let head = 0; head < known; head += 1) {
      const state = queue[head] ?? 0;
      for (let child = this.#child[state] ?? 0; child !== 0; child = this.#sibling[child] ?? 0) {
        const fail = state === 0 ? 0 : this.#step(this.#fail[state] ?? 0, this.#byte[child] ?? 0);
        this.#fail[child] = fail;
        if (this.#longest[child] === 0) this.#longest[child] = this.#longest[fail] ?? 0;
        queue[known] = child;
        known += 1;
      }
    }
  }
}

/**
 * By the last two bytes of a window how far it may move: to where these two would stand in a pattern's first `window`
 * bytes, or past the first of them.
 */
function shifts(patterns: readonly Uint8Array[], window: number): Uint8Array {
  const table = new Uint8Array(256 * 256).fill(window - 1);
  for (const pattern of patterns) {
    for (let at = 0; at + 2 <= window; at += 1) {
      const pair = (pattern[at] ?? 0) | ((pattern[at + 1] ?? 0) << 8);
      table[pair] = Math.min(table[pair] ?? 0, window - 2 - at);
    }
  }
  return table;
}
