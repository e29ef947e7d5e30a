import { decodeServer } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { applyInbox } from '../../src/stream/unread-inbox.ts';
import type { UnreadInbox } from '../../src/types.ts';

type InboxMessage = Parameters<typeof applyInbox>[1];

/** As it comes over the wire. */
function received(type: string, payload: object): InboxMessage {
  const decoded = decodeServer(JSON.stringify({ type, payload }));
  if (!decoded.ok) throw new Error(decoded.error.error.message);
  const { message } = decoded.value;
  if (message.type !== 'inbox:list' && message.type !== 'inbox:changed') throw new Error(message.type);
  return message;
}

const one = { permissionId: 'bash.1', title: 'One' };
const two = { permissionId: 'bash.2', title: 'Two' };
const after = (...messages: InboxMessage[]) => messages.reduce<UnreadInbox>(applyInbox, new Map());

describe('the inbox as it comes from the lobby', () => {
  it('[C7] is what the last list says', () => {
    const inbox = after(
      received('inbox:list', { requests: [one] }),
      received('inbox:list', { requests: [two] }),
    );
    expect([...inbox]).toEqual([['bash.2', two]]);
  });

  it('[C7] takes what changes, and leaves out what waits no more', () => {
    const changed = { ...one, title: 'Anew' };
    const inbox = after(
      received('inbox:list', { requests: [one, two] }),
      received('inbox:changed', { permissionId: 'bash.1', request: changed }),
      received('inbox:changed', { permissionId: 'bash.2', request: null }),
    );
    expect([...inbox]).toEqual([['bash.1', changed]]);
  });

  it('[C7] passes over what has no id, and over a list that is none', () => {
    expect(after(received('inbox:list', { requests: [null, 3, {}, { permissionId: 4 }, one] })).size).toBe(1);
    expect(after(received('inbox:list', { requests: 'all' })).size).toBe(0);
  });
});
