/** H2: deadlines by id, ms since 1970. The earliest is searched for only when it was removed. */
export class Deadlines {
  readonly #at = new Map<string, number>();
  #earliest: number | null = null;

  /** Null: there is none. */
  get earliest(): number | null {
    return this.#earliest;
  }

  /** Replaces the deadline of `id`. */
  set(id: string, at: number): void {
    const before = this.#at.get(id);
    this.#at.set(id, at);
    if (this.#earliest === null || at <= this.#earliest) this.#earliest = at;
    else if (before === this.#earliest) this.#search();
  }

  delete(id: string): void {
    const before = this.#at.get(id);
    if (!this.#at.delete(id)) return;
    if (before === this.#earliest) this.#search();
  }

  #search(): void {
    this.#earliest = null;
    for (const at of this.#at.values()) {
      if (this.#earliest === null || at < this.#earliest) this.#earliest = at;
    }
  }
}
