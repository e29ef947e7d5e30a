import type { Item } from '@muster/protocol';
import { expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { ConversationPublisher } from '../../src/agent-room/conversation-publisher.ts';
import type { ItemBatch, ItemHistoryWriter } from '../../src/history/item-types.ts';
import { ConversationRig, says } from './core/conversations-rig.ts';
import { E2 } from './core/rig.ts';

/** What D1 does with what it is brought: a batch whole or not at all, and of each place the newest revision. */
class Past implements ItemHistoryWriter {
  readonly rows = new Map<string, { readonly revision: number; readonly item: Item }>();
  readonly titles = new Map<string, string | null>();
  /** Rows that were written, in their order: a repeat writes none. */
  readonly written: string[] = [];
  isAway = false;
  /** It takes what it is brought, and the answer is lost. */
  isMute = false;
  poison: string | null = null;

  async write({ conversation, items }: ItemBatch): Promise<void> {
    if (this.isAway) throw new Error('D1_ERROR: Network connection lost.');
    if (items.some(({ item }) => item.itemId === this.poison)) throw new Error('SQLITE_CONSTRAINT');
    const { conversationId, title } = conversation;
    this.titles.set(conversationId, title);
    for (const { index, revision, item } of items) {
      const key = `${conversationId} ${index}`;
      if ((this.rows.get(key)?.revision ?? -1) >= revision) continue;
      this.rows.set(key, { revision, item });
      this.written.push(`${conversationId} ${item.itemId} ${revision}`);
    }
    if (this.isMute) throw new Error('D1_ERROR: Network connection lost.');
  }
}

class Life {
  readonly c = new ConversationRig();
  readonly past = new Past();
  readonly conversations = [this.c.create(), this.c.create()];
  private publisher = this.newPublisher();
  private items = 0;
  private readonly ended = new Set<string>();

  private newPublisher(): ConversationPublisher {
    const { rig } = this.c;
    return new ConversationPublisher({
      writer: this.past,
      room: () => rig.room,
      endedItems: (query) => rig.store.readEndedItems(query),
      written: (written) => rig.do({ type: 'items-written', written }),
    });
  }

  id(which: number): string {
    return this.conversations[which] ?? '';
  }

  /** An item that has ended, or goes on. */
  item(which: number, ended: boolean): void {
    this.items += 1;
    const over = ended ? { endedAt: this.c.rig.now } : {};
    if (ended) this.ended.add(`${this.id(which)} i${this.items}`);
    this.c.items(this.id(which), says(`i${this.items}`, `text ${this.items}`, over));
  }

  /** The newest goes on, or ends; one that ended may still be told anew. */
  grow(which: number, ended: boolean): void {
    const id = this.id(which);
    const last = `${id} i${this.items}`;
    if (ended) this.ended.add(last);
    const over = this.ended.has(last) ? { endedAt: this.c.rig.now } : {};
    this.c.items(id, says(`i${this.items}`, `text ${this.items}, and ${this.c.sequence}`, over));
  }

  turn(which: number): void {
    const { conversationId, turnId } = this.c.running();
    this.conversations[which] = conversationId;
    this.item(which, true);
    this.c.ended(conversationId, turnId);
  }

  sleep(): void {
    this.c.rig.sleep();
    this.publisher = this.newPublisher();
  }

  async ring(): Promise<void> {
    this.c.rig.now += 3_000;
    const due = this.publisher.nextDeadline();
    if (due !== null && due <= this.c.rig.now) await this.publisher.write(this.c.rig.now);
  }

  get due(): number | null {
    return this.publisher.nextDeadline();
  }

  async settle(): Promise<void> {
    this.past.isAway = false;
    this.past.isMute = false;
    for (let rings = 0; rings < 30 && this.due !== null; rings += 1) {
      this.c.rig.now = Math.max(this.c.rig.now, this.due ?? 0);
      await this.ring();
    }
    expect(this.due).toBeNull();
  }

  /** All that ended is in history as the room has it; nothing else is, and nothing twice. */
  check(): void {
    const kept = [...this.c.rig.room.conversations.values()].flatMap(({ conversationId }) =>
      this.c.rig.store
        .readItems({ conversationId, from: 0, after: -1, limit: 1_000, newest: false })
        .filter(({ item }) => item.endedAt !== undefined)
        .map(({ index, revision, item }) => [`${conversationId} ${index}`, { revision, item }] as const),
    );
    expect(new Map(this.past.rows)).toEqual(new Map(kept));
    expect(new Set(this.past.written).size).toBe(this.past.written.length);
    for (const id of this.c.rig.room.conversations.keys()) {
      const order = this.past.written.filter((row) => row.startsWith(`${id} `)).map(revisionOf);
      expect(order).toEqual([...order].sort((left, right) => left - right));
    }
  }
}

const revisionOf = (row: string) => Number(row.split(' ')[2]);

type Step = (life: Life) => void | Promise<void>;
const which = fc.constantFrom(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(which, fc.boolean()).map(
    ([one, ended]): Step =>
      (life) =>
        life.item(one, ended),
  ),
  fc.tuple(which, fc.boolean()).map(
    ([one, ended]): Step =>
      (life) =>
        life.grow(one, ended),
  ),
  which.map(
    (one): Step =>
      (life) =>
        life.turn(one),
  ),
  fc.constant<Step>((life) => life.sleep()),
  fc.constant<Step>((life) => life.ring()),
  fc.constant<Step>((life) => life.ring()),
  fc.constant<Step>((life) => {
    life.past.isAway = !life.past.isAway;
  }),
  fc.constant<Step>((life) => {
    life.past.isMute = !life.past.isMute;
  }),
);

it('[A1] [C14b] over failures, lost answers and restarts, history has each item that ended once, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 60, size: 'max' }), async (steps) => {
      const life = new Life();
      for (const act of steps) await act(life);
      await life.settle();
      life.check();
    }),
    { numRuns: 120 },
  );
});

it('[A1] an item is due 2 s after its end; a text that only grows is not', async () => {
  const life = new Life();
  await life.settle();
  life.item(0, false);
  expect(life.due).toBeNull();
  life.grow(0, true);
  expect(life.due).toBe(life.c.rig.now + 2_000);
});

it('[A1] a title, an end and one more who speaks are written as they are', async () => {
  const life = new Life();
  await life.settle();
  const [conversationId = ''] = life.conversations;
  expect(life.past.titles.get(conversationId)).toBeNull();
  life.c.send('conversation:rename', { conversationId, title: 'New' });
  await life.settle();
  expect(life.past.titles.get(conversationId)).toBe('New');
  life.item(0, false);
  life.c.send('conversation:close', { conversationId });
  await life.settle();
  expect(life.past.rows.get(`${conversationId} 0`)?.item.endedAt).toBe(life.c.record(conversationId).endedAt);
  life.check();
});

it('[A1] [C11] what a host that was started anew will never end, ends with its turn', async () => {
  const life = new Life();
  const { conversationId } = life.c.running();
  life.c.items(conversationId, says('i', 'cut off'));
  life.c.reboot(E2);
  await life.settle();
  expect(life.past.rows.get(`${conversationId} 0`)?.item).toMatchObject({ text: 'cut off' });
});

it('[A1] one that history refuses for good is on record, and the others are there', async () => {
  const life = new Life();
  life.past.poison = 'i2';
  for (let n = 0; n < 4; n += 1) life.item(0, true);
  await life.settle();
  expect([...life.past.rows.values()].map(({ item }) => item.itemId)).toEqual(['i1', 'i3', 'i4']);
  const noted = life.c.rig.store.readAudit(0, 99).map(({ entry }) => entry);
  const refusal = { action: 'history:refused', target: life.conversations[0] };
  expect(noted).toContainEqual(expect.objectContaining(refusal));
});

it('[F9] while a turn runs, what history took is stored with the next item, not by a row of its own', async () => {
  const life = new Life();
  await life.settle();
  const { conversationId } = life.c.running();
  await life.settle();
  life.c.items(conversationId, says('i', 'said', { endedAt: 1 }));
  const before = life.c.rig.effects.length;
  await life.settle();
  const commits = life.c.rig.effects.slice(before).filter(({ type }) => type === 'commit');
  expect(commits).toEqual([]);
  expect(life.c.rig.store.load().conversations.some(({ history }) => history.since !== null)).toBe(true);
  life.c.items(conversationId, says('j', 'goes on'));
  expect(life.c.rig.store.load().conversations.every(({ history }) => history.since === null)).toBe(true);
});
