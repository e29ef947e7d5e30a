import { asksFirst, pastable, pasteOf } from './paste.ts';

/** Where pasted text goes. */
export interface PasteTarget {
  /** The program asked to be told what is pasted. */
  bracketed(): boolean;
  /** False: it may not be sent now, and the person has been notified. */
  send(data: string): boolean;
}

/** X22: the way of all pasted text into one terminal. */
export class Paster {
  /** Text of several lines that waits for a person's word. */
  waiting = $state<string | null>(null);
  readonly #target: PasteTarget;

  constructor(target: PasteTarget) {
    this.#target = target;
  }

  /** False: it was not sent, and is not being asked about. */
  paste(text: string): boolean {
    if (pastable(text) === '') return false;
    const bracketed = this.#target.bracketed();
    if (asksFirst(text, bracketed)) {
      this.waiting = text;
      return true;
    }
    return this.#target.send(pasteOf(text, bracketed));
  }

  confirm(): void {
    const text = this.waiting;
    this.waiting = null;
    if (text !== null) this.#target.send(pasteOf(text, this.#target.bracketed()));
  }

  cancel(): void {
    this.waiting = null;
  }
}
