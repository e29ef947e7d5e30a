import {
  ConversationEventSchema,
  ConversationUpdateSchema,
  encodeUpdate,
  isTextItem,
  LIMITS,
} from '@muster/protocol';
import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { conversation, itemsOf, writesOf } from '../support/acp-rig.ts';
import { Talk } from './talk.ts';

const json = fc.jsonValue({ maxDepth: 3 });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const id = fc.constantFrom('a', 'b', 'c');
const content = fc.oneof(fc.record({ type: fc.constant('text'), text }), json);
const status = fc.constantFrom('pending', 'in_progress', 'completed', 'failed', 'invented');
const tool = fc.record(
  {
    toolCallId: fc.oneof({ weight: 9, arbitrary: id }, { weight: 1, arbitrary: json }),
    title: fc.oneof(text, json),
    kind: fc.oneof(fc.constant('edit'), json),
    status: fc.oneof(status, json),
    content: fc.oneof(fc.array(fc.record({ type: fc.constant('content'), content })), json),
    locations: fc.oneof(fc.array(fc.record({ path: text, line: fc.double() })), json),
    rawInput: json,
    rawOutput: json,
    _meta: fc.oneof(fc.record({ terminal_output_delta: fc.record({ data: text }) }), json),
  },
  { requiredKeys: [] },
);
const update = fc.oneof(
  fc.tuple(
    fc.constantFrom('agent_message_chunk', 'agent_thought_chunk', 'user_message_chunk'),
    fc.record({ content, messageId: fc.option(id) }),
  ),
  fc.tuple(fc.constantFrom('tool_call', 'tool_call_update'), tool),
  fc.tuple(
    fc.constantFrom(
      ...['plan', 'notice', 'compaction_update', 'usage_update', 'session_info_update', 'invented'],
      ...['available_commands_update', 'current_mode_update', 'config_option_update'],
    ),
    fc.dictionary(
      fc.constantFrom(
        ...['entries', 'title', 'severity', 'compactionId', 'status', 'summary', 'used', 'cost', '_meta'],
        ...['availableCommands', 'currentModeId', 'configOptions'],
      ),
      json,
    ),
  ),
);

type Step = (talk: Talk) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: update.map(
      ([sessionUpdate, fields]) =>
        (talk: Talk) =>
          void talk.update({ ...fields, sessionUpdate }),
    ),
  },
  { weight: 2, arbitrary: json.map((line) => (talk: Talk) => void talk.feed({ type: 'line', json: line })) },
  {
    weight: 2,
    arbitrary: tool.map((call) => (talk: Talk) => void talk.ask(talk.effects.length + 1000, call)),
  },
  {
    weight: 2,
    arbitrary: fc.nat(400).map((permission) => (talk: Talk) => {
      const decision = { type: 'option' as const, optionId: 'yes' };
      talk.order({
        type: 'request:decide',
        payload: { permissionId: talk.permission(permission), decision },
      });
    }),
  },
  { weight: 3, arbitrary: fc.nat(15_000).map((ms) => (talk: Talk) => talk.wait(ms)) },
  {
    weight: 1,
    arbitrary: fc.constant((talk: Talk) =>
      talk.order({ type: 'conversation:flush', payload: { conversationId: conversation('1') } }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((talk: Talk) => talk.answer('session/prompt', { stopReason: 'end_turn' })),
  },
  {
    weight: 1,
    arbitrary: fc.constant((talk: Talk) => {
      if (talk.state.turn === null) talk.prompt('next', `t${talk.effects.length}`);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant((talk: Talk) => {
      const turnId = talk.state.turn?.turnId ?? 'none';
      talk.order({ type: 'conversation:cancel', payload: { conversationId: conversation('1'), turnId } });
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant((talk: Talk) => {
      talk.feed({ type: 'adapter-exited', how: 'by SIGKILL', said: 'x', asked: null });
      talk.prompt('again', `t${talk.effects.length}`);
      if (talk.state.phase === 'starting') talk.open(`i${talk.effects.length}`);
    }),
  },
);

/** A reader that takes a row as it comes has all that it saw live before. */
function noRowGoesBack(talk: Talk): void {
  const seen = new Map<string, number>();
  const written = new Map<string, number>();
  for (const effect of talk.effects) {
    if (effect.type === 'update') {
      const { update } = effect;
      if (update.type === 'text') seen.set(update.itemId, update.offset + update.text.length);
      else if (isTextItem(update.item)) seen.set(update.item.itemId, update.item.text.length);
    }
    if (effect.type !== 'event' || effect.event.type !== 'conversation:items') continue;
    for (const write of effect.event.writes) {
      if ('item' in write && !isTextItem(write.item)) continue;
      const itemId = 'item' in write ? write.item.itemId : write.itemId;
      const text = 'item' in write && isTextItem(write.item) ? write.item.text : undefined;
      const length = text?.length ?? (written.get(itemId) ?? 0) + ('text' in write ? write.text.length : 0);
      written.set(itemId, length);
      expect(length).toBe(seen.get(itemId));
    }
  }
}

test('[C4][C6][C7][C14] whatever an adapter says, all that is told of it keeps to the protocol and agrees', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const talk = Talk.running();
      for (const each of steps) each(talk);
      talk.feed({ type: 'adapter-exited', how: 'at the end', said: '', asked: null });
      for (const event of talk.events)
        if (event.type !== 'request:done') ConversationEventSchema.parse(event);
      for (const each of talk.updates) {
        ConversationUpdateSchema.parse(each);
        expect(encodeUpdate(each).length).toBeLessThan(LIMITS.batchRawBytes);
      }
      noRowGoesBack(talk);
      // Rows and live updates make the same items, whole, each complete, none twice.
      const rows = itemsOf(writesOf(talk.events));
      const live = itemsOf(talk.updates);
      const bare = (items: typeof rows) =>
        items.map(({ endedAt: _, ...item }) => item).sort((a, b) => (a.itemId < b.itemId ? -1 : 1));
      expect(bare(rows)).toEqual(bare(live));
      // And in the same order, which is the room's.
      expect(rows.map(({ itemId }) => itemId)).toEqual(live.map(({ itemId }) => itemId));
      expect(rows.filter(({ endedAt }) => endedAt === undefined)).toEqual([]);
      for (const item of rows.filter(isTextItem))
        expect(JSON.stringify(item).length).toBeLessThanOrEqual(LIMITS.itemChars);
      // Each turn ended once, each request was answered once and came to an end.
      const started = talk.of('turn:started').map(({ turnId }) => turnId);
      const ended = talk.of('turn:ended').map(({ turnId }) => turnId);
      expect(new Set(ended).size).toBe(ended.length);
      expect(started.filter((turnId) => !ended.includes(turnId))).toEqual([]);
      for (const { request } of talk.of('request:opened'))
        expect(['acknowledged', 'withdrawn']).toContain(talk.states(request.permissionId).at(-1));
      const ids = talk.written.flatMap((each) => (each['method'] === undefined ? [each['id']] : []));
      expect(new Set(ids.filter((each) => Number(each) >= 1000)).size).toBe(
        ids.filter((each) => Number(each) >= 1000).length,
      );
    }),
    { numRuns: 500 },
  );
});
