import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  type ConversationId,
  type Item,
  ItemSchema,
  PermissionIdSchema,
  type StreamEvent,
  type TeamId,
} from '@muster/protocol';
import { describe, expect, it, vi } from 'vitest';
import { roomName, roomOf } from '../../src/env.ts';
import { conversationOf, requestOf, says } from '../agent-room/core/conversations-rig.ts';
import { call, memberToken, newTeam } from '../front.ts';
import { BASE, talking } from './conversations-rig.ts';

interface Answer {
  readonly matches: Record<string, unknown>[];
  readonly messages: { readonly index: number; readonly item: Item }[];
  readonly next: number | null;
}

/** A conversation whose items come as they are told, and a history that is written when it is due. */
class Spoken {
  readonly team: TeamId;
  readonly conversationId: ConversationId;
  readonly #talk: Awaited<ReturnType<typeof talking>>;
  #sequence = 1;

  constructor(team: TeamId, conversationId: ConversationId, talk: Awaited<ReturnType<typeof talking>>) {
    this.team = team;
    this.conversationId = conversationId;
    this.#talk = talk;
  }

  get path(): string {
    return `/api/conversations/${this.conversationId}`;
  }

  get agentUid() {
    return this.#talk.agentUid;
  }

  /** A stub breaks with the object that it led to. */
  get room(): DurableObjectStub {
    return env.ROOMS.get(env.ROOMS.idFromName(roomName(this.team, this.agentUid)));
  }

  asked = (method: string, path: string, body?: object) => this.#talk.asked(method, path, body);

  async tell(what: StreamEvent): Promise<void> {
    this.#sequence += 1;
    await this.#talk.tell(this.#sequence, what);
  }

  async say(...items: Item[]): Promise<void> {
    const writes = items.map((item) => ({ item }));
    await this.tell({ type: 'conversation:items', conversationId: this.conversationId, writes });
  }

  async ring(ahead = 2_000): Promise<void> {
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ahead);
    try {
      await runDurableObjectAlarm(this.room);
    } finally {
      later.mockRestore();
    }
  }

  async get(path: string, token?: string): Promise<Answer & { status: number }> {
    const who = token === undefined ? this.#talk.who : { team: this.team, token };
    const response = await call('GET', path, who);
    return { ...((await response.json()) as Answer), status: response.status };
  }

  found = async (text: string, token?: string) =>
    (await this.get(`/api/history/search?text=${encodeURIComponent(text)}`, token)).matches;

  async text(format: string): Promise<{ text: string; headers: Headers }> {
    const response = await call('GET', `${this.path}/export?format=${format}`, this.#talk.who);
    return { text: await response.text(), headers: response.headers };
  }

  /** What D1 has, in the order in which it was said. */
  async rows(): Promise<string[]> {
    const asked = env.DB.prepare('SELECT place, revision, text FROM items WHERE team = ? ORDER BY place');
    const { results } = await asked.bind(this.team).all<Record<string, string>>();
    return results.map(({ place, revision, text }) => `${place} ${revision} ${text}`);
  }

  /** D1 refuses what is this team's until the returned one is called. */
  async fails(): Promise<() => Promise<unknown>> {
    const name = `away_${this.agentUid.replaceAll('-', '')}`;
    await env.DB.prepare(
      `CREATE TRIGGER ${name} BEFORE INSERT ON items WHEN NEW.team = '${this.team}'
       BEGIN INSERT INTO away VALUES (1); END`,
    ).run();
    return () => env.DB.prepare(`DROP TRIGGER ${name}`).run();
  }
}

async function spoken(title = 'Tax'): Promise<Spoken> {
  const team = newTeam();
  const talk = await talking(team);
  const { answer } = await talk.asked('POST', BASE, { title });
  return new Spoken(team, conversationOf(String(answer['conversationId'])), talk);
}

const ended = (itemId: string, text: string, over: object = {}) =>
  says(itemId, text, { endedAt: 2, at: Date.now(), ...over });

describe('[A1] [C14b] what was said comes into history', () => {
  it('from the alarm, when it has ended, once, whatever was evicted meanwhile', async () => {
    const one = await spoken();
    await one.say(ended('i1', 'the quick fox'), says('i2', 'it grows'));
    expect(await one.rows()).toEqual([]);
    await evictDurableObject(one.room);
    await one.ring();
    expect(await one.rows()).toEqual(['0 1 the quick fox']);
    await evictDurableObject(one.room);
    await one.ring(60_000);
    await one.say(ended('i2', 'it grows, and ends'), ended('i3', 'last'));
    await one.ring();
    expect(await one.rows()).toEqual(['0 1 the quick fox', '1 3 it grows, and ends', '2 4 last']);
    const [row] = (await env.DB.prepare('SELECT * FROM conversations WHERE team = ?').bind(one.team).all())
      .results;
    expect(row).toMatchObject({
      title: 'Tax',
      messages: 3,
      status: 'open',
      members: expect.stringContaining('['),
    });
  });

  it('later, when D1 could not, and all of it', async () => {
    const one = await spoken();
    const comesBack = await one.fails();
    await one.say(ended('i1', 'first'));
    await one.ring();
    await one.say(ended('i2', 'second'));
    await one.ring(4_000);
    expect(await one.rows()).toEqual([]);
    await comesBack();
    await one.ring(60_000);
    expect(await one.rows()).toEqual(['0 1 first', '1 2 second']);
  });

  it('[N1] before its agent is deleted, what goes on too; then it is read from there', async () => {
    const one = await spoken();
    await one.say(ended('i1', 'said'), says('i2', 'cut off'));
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect((await one.rows()).map((row) => row.split(' ').slice(2).join(' '))).toEqual(['said', 'cut off']);
    const [row] = (
      await env.DB.prepare('SELECT status FROM conversations WHERE team = ?').bind(one.team).all()
    ).results;
    expect(row).toEqual({ status: 'ended' });
  });

  it('[F9] an item costs its room an alarm, and D1 a few rows', async () => {
    const one = await spoken();
    await one.ring();
    const room = () => roomOf(env, one.team, one.agentUid);
    await one.say(says('i1', 'a'));
    const before = (await room().usage()).rowsWritten;
    await one.say(ended('i1', 'ab'));
    const said = (await room().usage()).rowsWritten;
    await one.ring();
    const written = (await room().usage()).rowsWritten;
    expect(said - before).toBeLessThanOrEqual(4);
    // At rest the mark is a row of its own, and so may be the alarm for what is due next.
    expect(written - said).toBeLessThanOrEqual(2);
  });
});

describe('[A2] [C14c] [C14] search', () => {
  it('finds items beside commands, newest first, by whole words, with what stands around', async () => {
    const one = await spoken();
    await one.say(
      ended('u1', 'Where is the flamingo?', { kind: 'user', memberId: 'ada', name: 'Ada' }),
      ended('i1', 'The flamingo is in the garden.'),
      ended('i2', '錯誤が発生しました'),
    );
    await one.ring();
    const [newest, older, ...rest] = await one.found('flamingo');
    expect(rest).toEqual([]);
    expect(newest).toMatchObject({
      ...{ kind: 'conversation', conversationId: one.conversationId, agentId: 'one', index: 1 },
      ...{ item: 'agent', memberId: null, title: 'Tax' },
      snippet: [{ text: 'The ' }, { text: 'flamingo', match: true }, { text: ' is in the garden.' }],
    });
    expect(older).toMatchObject({ index: 0, item: 'user', name: 'Ada' });
    expect(await one.found('発生')).toMatchObject([
      { index: 2, snippet: [{}, { text: '発生', match: true }, {}] },
    ]);
    expect(await one.found('flam')).toEqual([]);
    const only = await one.get('/api/history/search?text=flamingo&member=ada');
    expect(only.matches).toMatchObject([{ index: 0 }]);
    for (const narrowed of ['in=command', 'in=output', 'status=completed'])
      expect((await one.get(`/api/history/search?text=flamingo&${narrowed}`)).matches).toEqual([]);
    const first = await one.get('/api/history/search?text=flamingo&limit=1&in=conversation');
    const second = await one.get(`/api/history/search?text=flamingo&limit=1&before=${first.next}`);
    expect([first.matches, second.matches]).toMatchObject([[{ index: 1 }], [{ index: 0 }]]);
  });

  it('[X5] shows nothing of a team to another one', async () => {
    const one = await spoken();
    await one.say(ended('i1', 'ostrich'));
    await one.ring();
    const two = await spoken();
    expect(await two.found('ostrich')).toEqual([]);
    const token = await memberToken(two.team, 'viewer', Date.now(), 'vic');
    expect((await two.get(one.path, token)).status).toBe(404);
    expect((await two.get(`${one.path}/messages`, token)).status).toBe(404);
    expect((await two.get(`${one.path}/export`, token)).status).toBe(404);
  });
});

describe('[C15] items that a room keeps no longer', () => {
  it('are read from history by the same pages, forward and backward', async () => {
    const one = await spoken();
    const count = 5_150;
    const portion = 190;
    for (let from = 0; from < count; from += portion) {
      const all = Array.from({ length: Math.min(portion, count - from) }, (_, n) => from + n);
      await one.say(...all.map((n) => ended(`i${n}`, `text ${n}`)));
    }
    for (let rings = 0; rings < 8; rings += 1) await one.ring(2_000);
    await one.say(ended('last', 'the end'));
    const state = await roomOf(env, one.team, one.agentUid).conversation(one.conversationId);
    expect(state?.oldest).toBeGreaterThan(100);
    const seen: number[] = [];
    for (let after: number | null = -1; after !== null; ) {
      const query: string = after === -1 ? '' : `&after=${after}`;
      const page: Answer = await one.get(`${one.path}/messages?limit=200${query}`);
      seen.push(...page.messages.map(({ index }) => index));
      after = page.next;
    }
    expect(seen).toEqual(Array.from({ length: count + 1 }, (_, n) => n));
    const back: number[] = [];
    for (let before: number | null = 300; before !== null; ) {
      const page: Answer = await one.get(`${one.path}/messages?limit=200&before=${before}`);
      back.unshift(...page.messages.map(({ index }) => index));
      before = page.next;
    }
    expect(back).toEqual(Array.from({ length: 300 }, (_, n) => n));
  }, 60_000);
});

const hostile = [
  '# not a heading of ours\n```js\nlet a = 1;\n```\n````\nopen',
  '<script>alert(1)</script></details><details>',
  '![x](https://example.com/pixel.png)',
  'bidi \u202e and \u0007 bell',
];

describe('a conversation as a file', () => {
  it('[C15c] is all that was said, as JSON, oldest first', async () => {
    const one = await spoken('Tax, <2>');
    await one.say(...hostile.map((text, n) => ended(`i${n}`, text)), says('open', 'it goes on'));
    const { text, headers } = await one.text('json');
    const parsed = JSON.parse(text) as { items: unknown[]; conversation: object; version: number };
    const { messages } = await one.get(`${one.path}/messages?raw=true`);
    expect(parsed.items).toEqual(messages);
    expect(parsed).toMatchObject({
      version: 1,
      conversation: { title: 'Tax, <2>', agentId: 'one' },
      cost: null,
    });
    expect(headers.get('content-disposition')).toBe('attachment; filename="one-Tax-2.json"');
    expect(headers.get('content-type')).toContain('application/json');
  });

  it('[C15c] [C9] is Markdown that is safe to paste, with tools, diffs, who decided and the cost', async () => {
    const one = await spoken();
    const { conversationId } = one;
    const diff = { type: 'diff', path: '/w/a.ts', oldText: 'a\nb\nc', newText: 'a\nB\nc' };
    const tool = {
      ...{ title: 'Edit `a.ts`', toolKind: 'edit', status: 'pending', locations: [] },
      ...{ rawInput: '{"path":"a.ts"}', content: [diff, { type: 'text', text: 'done ``` and ````' }] },
    };
    const toolItem = (over: object) =>
      ItemSchema.parse({ itemId: 'tool', kind: 'tool', at: 1_000, ...tool, ...over });
    const open = toolItem({});
    await one.say(...hostile.map((text, n) => ended(`i${n}`, text)), open);
    const permissionId = PermissionIdSchema.parse('one.p');
    const request = { ...requestOf(conversationId, 'p', { itemId: 'tool' }), permissionId };
    await one.tell({ type: 'request:opened', request });
    const answer = { optionId: 'once', digest: request.digest };
    expect((await one.asked('POST', '/api/permissions/one.p', answer)).status).toBe(200);
    await one.say(toolItem({ status: 'completed', endedAt: 3_500 }));
    await one.tell({
      type: 'conversation:changed',
      conversationId,
      facts: { spent: { amount: 0.381, currency: 'USD' } },
    });
    await one.ring();
    const { text, headers } = await one.text('markdown');
    expect(headers.get('content-disposition')).toBe('attachment; filename="one-Tax.md"');
    expect(text).toContain('```markdown\n<script>');
    expect(outsideFences(text)).not.toMatch(/<(?!\/?(?:details|summary)>)|!\[/);
    expect([text.includes('\u202e'), text.includes('\u0007')]).toEqual([false, false]);
    expect(text).toContain('> # not a heading of ours\n> ```js');
    expect(text).toContain('**Tool** Edit \\`a.ts\\` (edit, completed, 2.5 s)');
    expect(text).toContain('```diff\n--- /w/a.ts\n+++ /w/a.ts\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n```');
    expect(text).toContain('`````\ndone ``` and ````\n`````');
    expect(text).toMatch(/- Asked: Run ls → \*\*Allow\*\* by \S+ · /);
    expect(text.trimEnd().endsWith('Cost: 0.38 USD')).toBe(true);
    const { results } = await env.DB.prepare(
      'SELECT decisions FROM items WHERE team = ? AND decisions NOT NULL',
    )
      .bind(one.team)
      .all();
    expect(results).toHaveLength(1);
  });
});

/** What of a Markdown text is not between fences. */
function outsideFences(text: string): string {
  let fence: string | null = null;
  return text
    .split('\n')
    .filter((line) => {
      const [mark] = /^`{3,}/.exec(line) ?? [];
      if (fence === null && mark !== undefined) fence = mark;
      else if (fence !== null && line === fence) fence = null;
      else return fence === null;
      return false;
    })
    .join('\n');
}
