import type { Database } from './database.ts';
import { gramsOf } from './grams.ts';
import { itemText, keptItem } from './item-text.ts';
import type { ItemBatch, ItemHistoryWriter, PastConversation, PastItem } from './item-types.ts';
import { scopeOf } from './scope.ts';
import { HISTORY } from './types.ts';

const { idsPerMs } = HISTORY;
/** The first of the numbers of a ms that are items'. */
const FIRST = idsPerMs / 2;
/** ms for which a conversation in which nothing happens goes on (C2). */
const IDLE_MS = 24 * 3_600_000;

const ITEMS = `
  INSERT INTO items (id, team, conversation_id, agent_id, agent_uid, place, revision, kind, member_id, name, at, who,
    text_grams, decisions, text, item)
  SELECT coalesce((SELECT max(id) + 1 FROM items WHERE id >= value ->> 'base' AND id < (value ->> 'base') + ${FIRST}),
      value ->> 'base') + (value ->> 'nth'),
    ?1, ?2, ?3, ?4, value ->> 'place', value ->> 'revision', value ->> 'kind', value ->> 'memberId', value ->> 'name',
    value ->> 'at', value ->> 'who', value ->> 'grams', value ->> 'decisions', value ->> 'text', value ->> 'item'
  FROM json_each(?5) WHERE true
  ON CONFLICT (team, conversation_id, place) DO UPDATE SET revision = excluded.revision, kind = excluded.kind,
    member_id = excluded.member_id, name = excluded.name, who = excluded.who, text_grams = excluded.text_grams,
    decisions = coalesce(excluded.decisions, items.decisions), text = excluded.text, item = excluded.item
  WHERE excluded.revision > items.revision`;

const CONVERSATION = `
  INSERT INTO conversations (id, team, conversation_id, agent_id, agent_uid, member_id, members, title, status, messages,
    created_at, last_at, expires_at, ended_at, cost)
  SELECT coalesce((SELECT max(id) + 1 FROM conversations WHERE id >= ?11 AND id < ?11 + ${idsPerMs}), ?11),
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, CASE WHEN ?12 IS NULL THEN 'open' ELSE 'ended' END, ?8, ?9, ?10, ?10 + ${IDLE_MS}, ?12, ?13
  WHERE true
  ON CONFLICT (team, conversation_id) DO UPDATE SET members = excluded.members, title = excluded.title,
    status = excluded.status, messages = excluded.messages, last_at = excluded.last_at, expires_at = excluded.expires_at,
    ended_at = excluded.ended_at, cost = excluded.cost
  WHERE excluded.members <> conversations.members OR excluded.title IS NOT conversations.title
    OR excluded.messages <> conversations.messages OR excluded.last_at <> conversations.last_at
    OR excluded.ended_at IS NOT conversations.ended_at OR excluded.cost IS NOT conversations.cost`;

/** An item as a row, beside what all of its batch are. */
function rowOf({ team, agentId }: ItemBatch, { index, revision, at, item, decisions }: PastItem) {
  const { memberId = null, name = null } = item.kind === 'user' ? item : {};
  const text = itemText(item);
  return {
    ...{ place: index, revision, at: Math.floor(at), kind: item.kind, memberId, name, text },
    base: Math.floor(at) * idsPerMs + FIRST,
    who: scopeOf({ team, agentId, memberId }),
    grams: gramsOf(text, 'text'),
    decisions: decisions.length === 0 ? null : JSON.stringify(decisions),
    item: JSON.stringify(keptItem(item)),
  };
}

const encoder = new TextEncoder();
type Row = ReturnType<typeof rowOf>;

/** Rows in portions that each fit a parameter. */
function portions(batch: ItemBatch): Row[][] {
  const found: Row[][] = [];
  let bytes = Infinity;
  for (const item of batch.items) {
    const row = rowOf(batch, item);
    const size = encoder.encode(JSON.stringify(row)).length;
    if (bytes + size > HISTORY.parameterBytes) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)?.push(row);
    bytes += size;
  }
  return found;
}

/** Numbered within their ms. */
function numbered(rows: readonly Row[]) {
  const taken = new Map<number, number>();
  return rows.map((row) => {
    const nth = taken.get(row.base) ?? 0;
    taken.set(row.base, nth + 1);
    return { ...row, nth };
  });
}

/** What was said, in D1. A portion is one transaction; the conversation's own row comes with the last. */
export function itemHistoryIn(database: Database): ItemHistoryWriter {
  const own = ({ team, agentId, agentUid, conversation }: ItemBatch) => {
    const { conversationId, createdBy, members, title, messages, cost } = conversation;
    const [createdAt, activeAt, endedAt] = timesOf(conversation);
    const of = [team, conversationId, agentId, agentUid, createdBy, JSON.stringify(members), title, messages];
    const price = cost === null ? null : JSON.stringify(cost);
    return database
      .prepare(CONVERSATION)
      .bind(...of, createdAt, activeAt, createdAt * idsPerMs, endedAt, price);
  };
  const several = ({ team, agentId, agentUid, conversation }: ItemBatch, rows: readonly Row[]) =>
    database
      .prepare(ITEMS)
      .bind(team, conversation.conversationId, agentId, agentUid, JSON.stringify(numbered(rows)));
  return {
    async write(batch) {
      const all = portions(batch);
      for (const rows of all.slice(0, -1)) await database.batch([several(batch, rows)]);
      const last = all.at(-1);
      await database.batch([...(last === undefined ? [] : [several(batch, last)]), own(batch)]);
    },
  };
}

const timesOf = ({ createdAt, activeAt, endedAt }: PastConversation) =>
  [Math.floor(createdAt), Math.floor(activeAt), endedAt === null ? null : Math.floor(endedAt)] as const;
