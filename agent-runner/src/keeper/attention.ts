import { type Attention, attentionText } from '@muster/protocol';
import type { Signal } from '../screen/signal.ts';

/** Bells are told apart by so long, ms: a program that rings all the time is not worth a frame each. */
const BELL_MS = 2_000;
/** … and notifications and titles by so long, ms; of those that come faster the newest is told in the end. */
const NOTIFICATION_MS = 1_000;
/**
 * How the titles of agents begin that wait for a person: Gemini CLI's, and Codex's, which blinks. Claude Code's says only
 * whether it works.
 */
const WAITING_TITLE = /^(?:✋|\[ [!.] \] Action Required)/u;

interface Raised {
  readonly attention: Attention;
  /** Its program's name for a notification. */
  readonly id: string;
}

/** A change to tell of: attention that is raised, or null where it is no more. Undefined: there is none. */
type Change = Attention | null | undefined;

/**
 * C13a: decides when a program in a terminal is said to ask for a person, and when no more. A bell is told again although
 * it was before: its keeper does not hear whether a member has looked at the agent since, and its room ignores it where
 * nobody has. Times: ms since 1970. Pure.
 */
export class AttentionPolicy {
  /** What was told last, until a person answered it. */
  #raised: Raised | null = null;
  /** What is told when its time has come. */
  #pending: (Raised & { readonly dueAt: number }) | null = null;
  #bellAt = 0;
  #notifiedAt = 0;
  #title = '';
  #isWaiting = false;

  /** When to call `due`; null: never. */
  get dueAt(): number | null {
    return this.#pending?.dueAt ?? null;
  }

  handle(signal: Signal, now: number): Change {
    switch (signal.type) {
      case 'bell':
        return this.#ring(now);
      case 'notification':
        return this.#raise('notification', signal, now);
      case 'title':
        return this.#retitle(signal.text, now);
      case 'closed':
        return this.#withdraw(({ attention, id }) => attention.kind === 'notification' && id === signal.id);
    }
  }

  due(now: number): Change {
    const pending = this.#pending;
    if (pending === null || pending.dueAt > now) return undefined;
    return this.#publish(pending, now);
  }

  /** A person's input has reached the program. */
  answered(): Change {
    return this.#withdraw(() => true);
  }

  /** The program has ended, or a run begins: its status says so. */
  reset(): void {
    this.#raised = null;
    this.#pending = null;
    this.#title = '';
    this.#isWaiting = false;
  }

  /** Agents ring beside what they notify of, and that says more. */
  #ring(now: number): Change {
    if (this.#pending !== null) return undefined;
    const dueAt = endOf(this.#bellAt, BELL_MS, now);
    const isRepeat = this.#raised !== null && (dueAt > now || endOf(this.#notifiedAt, BELL_MS, now) > now);
    if (isRepeat) return undefined;
    return this.#propose('bell', { text: this.#title, id: '' }, dueAt, now);
  }

  #retitle(title: string, now: number): Change {
    this.#title = title;
    const isWaiting = WAITING_TITLE.test(title);
    if (isWaiting === this.#isWaiting) return undefined;
    this.#isWaiting = isWaiting;
    if (isWaiting) return this.#raise('title', { text: title, id: '' }, now);
    return this.#withdraw(({ attention }) => attention.kind === 'title');
  }

  #raise(kind: 'notification' | 'title', from: { readonly text: string; readonly id: string }, now: number) {
    return this.#propose(kind, from, endOf(this.#notifiedAt, NOTIFICATION_MS, now), now);
  }

  #propose(
    kind: Attention['kind'],
    { text, id }: { readonly text: string; readonly id: string },
    dueAt: number,
    now: number,
  ): Change {
    const proposed = { attention: { kind, since: now, text }, id, dueAt };
    if (dueAt <= now) return this.#publish(proposed, now);
    this.#pending = proposed;
    return undefined;
  }

  #publish({ attention, id }: Raised, now: number): Attention {
    this.#pending = null;
    if (attention.kind === 'bell') this.#bellAt = now;
    else this.#notifiedAt = now;
    const told = { ...attention, text: attentionText(attention.text) };
    // A bell says nothing new of what was told, which its program may still take back.
    if (told.kind !== 'bell' || this.#raised === null) this.#raised = { attention: told, id };
    return told;
  }

  #withdraw(isOver: (raised: Raised) => boolean): Change {
    if (this.#pending !== null && isOver(this.#pending)) this.#pending = null;
    if (this.#raised === null || !isOver(this.#raised)) return undefined;
    this.#raised = null;
    return null;
  }
}

/** When a time that began then is over; at once where the clock was set back. */
const endOf = (since: number, ms: number, now: number): number => (since > now ? now : since + ms);
