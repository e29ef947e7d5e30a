import type { Signal } from './signal.ts';

/** Notifications whose parts are still to come, at most: the oldest makes way. */
const MAX_PARTIAL = 8;
/** Bytes of a title or of a body that are kept: people are shown far less. */
const MAX_PART_BYTES = 4096;
/** ConEmu's commands share a number with iTerm2's notifications: `9;4;1;50` is a progress bar. */
const CONEMU = /^\d{1,2}(?:;|$)/;
const IDENTIFIER = /^[\w+.-]{1,64}$/;

interface PartialNotification {
  readonly title: Buffer;
  readonly body: Buffer;
}
const EMPTY: PartialNotification = { title: Buffer.alloc(0), body: Buffer.alloc(0) };

/** Reads the operating system commands by which terminals set a title or notify: OSC 0, 2, 9, 99 and 777. */
export class NotificationParser {
  readonly #partial = new Map<string, PartialNotification>();

  /** `command`: all between the introducer and the terminator. Null: it says nothing, or not all of it yet. */
  parse(command: string): Signal | null {
    const end = command.indexOf(';');
    const text = command.slice(end + 1);
    switch (command.slice(0, Math.max(0, end))) {
      case '0':
      case '2':
        return { type: 'title', text };
      case '9':
        return CONEMU.test(text) ? null : notificationOf('', text, '');
      case '99':
        return this.#kitty(text);
      case '777': {
        const [verb, title = '', ...body] = text.split(';');
        return verb === 'notify' ? notificationOf('', title, body.join(';')) : null;
      }
      default:
        return null;
    }
  }

  /** kitty's desktop notifications. A question (`p=?`) is the emulator's to answer, and keys that are unknown are ignored. */
  #kitty(command: string): Signal | null {
    const end = command.indexOf(';');
    if (end < 0) return null;
    const keys = new Map(
      command
        .slice(0, end)
        .split(':')
        .map((pair) => [pair.trim().slice(0, 1), pair.trim().slice(2)] as const),
    );
    const id = IDENTIFIER.exec(keys.get('i') ?? '')?.[0] ?? '';
    const what = keys.get('p') ?? 'title';
    if (what === '?' || what === 'alive') return null;
    if (what === 'close') {
      this.#partial.delete(id);
      return { type: 'closed', id };
    }
    const known = this.#partial.get(id) ?? EMPTY;
    this.#partial.delete(id);
    const data = Buffer.from(command.slice(end + 1), keys.get('e') === '1' ? 'base64' : 'utf8');
    const grown = what === 'title' || what === 'body' ? { ...known, [what]: grow(known[what], data) } : known;
    if (keys.get('d') !== '0') return notificationOf(id, grown.title.toString(), grown.body.toString());
    this.#keep(id, grown);
    return null;
  }

  #keep(id: string, partial: PartialNotification): void {
    for (const oldest of this.#partial.keys()) {
      if (this.#partial.size < MAX_PARTIAL) break;
      this.#partial.delete(oldest);
    }
    this.#partial.set(id, partial);
  }
}

/** A character may begin in one part and end in the next. */
const grow = (part: Buffer, data: Buffer): Buffer => Buffer.concat([part, data]).subarray(0, MAX_PART_BYTES);

/** Null where it says nothing. */
function notificationOf(id: string, title: string, body: string): Signal | null {
  const text = [title, body].filter((part) => part.trim() !== '').join(': ');
  return text === '' ? null : { type: 'notification', id, text };
}
