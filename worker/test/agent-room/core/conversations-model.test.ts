import { EpochSchema } from '@muster/protocol';

import { expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { ConversationRig } from './conversations-rig.ts';
import { keeperMessages, sent } from './rig.ts';

type Outcome = 'done' | 'failed' | 'cancelled' | 'interrupted';
interface Known {
  readonly messageId: string;
  state: 'told' | 'started' | 'ended';
}

/** A keeper that notes each turn before it begins it, and two members who talk, change their minds and answer. */
class Life {
  readonly c = new ConversationRig();
  readonly conversationId = this.c.create();
  readonly turns = new Map<string, Known>();
  /** Message → how often the agent got it. */
  readonly begun = new Map<string, number>();
  readonly said = new Set<string>();
  /** Taken back, or cancelled before they were begun. */
  readonly gone = new Set<string>();
  readonly decisions = new Map<string, Set<string>>();
  readonly acks = new Map<string, number>();
  readonly open = new Set<string>();
  private online = true;
  private asked = 0;
  private epochs = 0;

  constructor() {
    this.c.rig.joinChats('w', 'operator', 'Bob');
  }

  private take(effects: readonly Effect[]): void {
    for (const { turnId, messageId } of keeperMessages(effects, 'conversation:prompt')) {
      const known = this.turns.get(turnId);
      if (known !== undefined) expect(known.messageId).toBe(messageId);
      else this.turns.set(turnId, { messageId, state: 'told' });
    }
    for (const { permissionId, decision } of keeperMessages(effects, 'request:decide')) {
      const all = this.decisions.get(permissionId) ?? new Set();
      this.decisions.set(permissionId, all.add(JSON.stringify(decision)));
    }
  }

  private newest(state: Known['state']): [string, Known] | undefined {
    return [...this.turns].findLast(([, turn]) => turn.state === state);
  }

  say(when: 'queue' | 'interrupt'): void {
    const effects = this.c.chat(this.conversationId, 'x', { when });
    const ack = sent(effects, 'v', 'ack')[0];
    if (ack?.success === true) this.said.add(String(ack.result?.['messageId']));
    this.take(effects);
  }

  change(type: 'chat:withdraw' | 'chat:move' | 'chat:edit'): void {
    const messageId = this.c.record(this.conversationId).queue.at(-1)?.messageId;
    if (messageId === undefined) return;
    const how = { position: 1, content: 'y' };
    const payload = { conversationId: this.conversationId, messageId, ...how };
    const effects = this.c.send(type, payload);
    if (type === 'chat:withdraw' && this.c.answer(effects) === 'ok') this.gone.add(messageId);
    this.take(effects);
  }

  cancel(): void {
    this.take(this.c.send('conversation:cancel', { conversationId: this.conversationId }));
  }

  begin(): void {
    const [turnId, turn] = this.newest('told') ?? [];
    if (!this.online || turnId === undefined || turn === undefined) return;
    turn.state = 'started';
    this.begun.set(turn.messageId, (this.begun.get(turn.messageId) ?? 0) + 1);
    this.take(this.c.started(this.conversationId, turnId, turn.messageId));
  }

  end(outcome: Outcome): void {
    const [turnId, turn] = this.newest('started') ?? this.newest('told') ?? [];
    if (!this.online || turnId === undefined || turn === undefined) return;
    if (turn.state === 'told' && outcome === 'done') return;
    if (turn.state === 'told' && outcome === 'cancelled') this.gone.add(turn.messageId);
    turn.state = 'ended';
    this.take(this.c.ended(this.conversationId, turnId, outcome));
  }

  ask(): void {
    if (!this.online) return;
    this.asked += 1;
    const turnId = this.newest('started')?.[0];
    this.open.add(`a.p${this.asked}`);
    this.take(
      this.c.asks(this.conversationId, `p${this.asked}`, {
        ...(turnId === undefined ? {} : { turnId }),
        expiresAt: this.c.rig.now + 60_000,
      }),
    );
  }

  answer(by: 'v' | 'w', optionId: 'once' | 'no'): void {
    const name = `p${this.asked}`;
    const effects = this.c.respond(name, { optionId }, by);
    if (this.c.answer(effects, by) === 'ok') this.acks.set(name, (this.acks.get(name) ?? 0) + 1);
    this.take(effects);
  }

  away(): void {
    this.c.away();
    this.online = false;
  }

  back(): void {
    this.online = true;
    this.take(this.c.hello([...this.open]));
  }

  /** What was under way is lost with the host; its notes are not. */
  reboot(): void {
    this.online = true;
    this.epochs += 1;
    this.open.clear();
    for (const turn of this.turns.values()) if (turn.state === 'started') turn.state = 'ended';
    const epoch = EpochSchema.parse(`f${String(this.epochs).padStart(15, '0')}`);
    this.take(this.c.reboot(epoch));
  }

  later(): void {
    this.c.rig.now += 61_000;
    this.take(this.c.rig.do({ type: 'alarm' }));
  }

  check(): void {
    const record = this.c.record(this.conversationId);
    const waiting = record.queue.map(({ messageId }) => messageId);
    expect(new Set(waiting).size).toBe(waiting.length);
    for (const messageId of this.said) {
      const begun = this.begun.get(messageId) ?? 0;
      const places = begun + waiting.filter((one) => one === messageId).length;
      expect(begun).toBeLessThanOrEqual(1);
      expect(places, `${messageId} is in ${places} places`).toBe(this.gone.has(messageId) ? begun : 1);
    }
    const active = [...this.turns.values()].filter(({ state }) => state !== 'ended');
    expect(active.length).toBeLessThanOrEqual(1);
    for (const all of this.decisions.values()) expect(all.size).toBe(1);
    for (const count of this.acks.values()) expect(count).toBe(1);
  }

  /** All that was said comes to its end. */
  drain(): void {
    this.back();
    this.say('queue');
    for (let left = 200; left > 0 && this.c.record(this.conversationId).queue.length > 0; left -= 1) {
      this.begin();
      this.end('done');
      this.check();
    }
    this.end('done');
    expect(this.c.record(this.conversationId).queue).toEqual([]);
    expect([...this.said].filter((id) => !this.begun.has(id) && !this.gone.has(id))).toEqual([]);
  }
}

type Step = (life: Life) => void;
const outcomes: readonly Outcome[] = ['done', 'done', 'failed', 'cancelled', 'interrupted'];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom('queue', 'queue', 'interrupt').map(
    (when): Step =>
      (life) =>
        life.say(when as 'queue'),
  ),
  fc.constantFrom('chat:withdraw', 'chat:move', 'chat:edit').map(
    (type): Step =>
      (life) =>
        life.change(type as 'chat:move'),
  ),
  fc.constant<Step>((life) => life.begin()),
  fc.constant<Step>((life) => life.begin()),
  fc.constantFrom(...outcomes).map(
    (outcome): Step =>
      (life) =>
        life.end(outcome),
  ),
  fc.constant<Step>((life) => life.cancel()),
  fc.constant<Step>((life) => life.ask()),
  fc.tuple(fc.constantFrom('v', 'w'), fc.constantFrom('once', 'no')).map(
    ([by, option]): Step =>
      (life) =>
        life.answer(by as 'v', option as 'no'),
  ),
  fc.constant<Step>((life) => life.away()),
  fc.constant<Step>((life) => life.back()),
  fc.constant<Step>((life) => life.reboot()),
  fc.constant<Step>((life) => life.c.rig.sleep()),
  fc.constant<Step>((life) => life.later()),
);

it('[C3] [C12] [C16] whatever happens, no message is lost or begun twice, one turn runs at most, a request is decided once', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 80, size: 'max' }), (steps) => {
      const life = new Life();
      for (const act of steps) {
        act(life);
        life.check();
      }
      life.drain();
    }),
    { numRuns: 150 },
  );
});
