import { type AgentUid, type MemberId, MemberIdSchema } from '@muster/protocol';
import { BudgetLimiter } from '../../../../src/team-lobby/core/budgets.ts';
import { handle } from '../../../../src/team-lobby/core/identity/handle.ts';
import {
  type IdentityCommit,
  type IdentityEffect,
  type IdentityEvent,
  type IdentityState,
  openIdentity,
} from '../../../../src/team-lobby/core/identity/state.ts';
import type {
  ActingMember,
  Device,
  IdentityInput,
  IdentityOperation,
  IdentityOutput,
  LoginLink,
  RightsChange,
} from '../../../../src/team-lobby/core/identity/types.ts';
import { UnitOfWork } from '../../../../src/team-lobby/core/identity/unit-of-work.ts';
import type { Lobby } from '../../../../src/team-lobby/core/types.ts';
import { NOW } from '../../../auth/bodies.ts';
import { rigWithHost, uuid } from '../rig.ts';
import { MemoryIdentityStore } from './memory-store.ts';

type Call = Extract<IdentityEffect, { type: 'send-rights' }>;
export const MINUTE = 60_000;
export const DAY = 1_440 * MINUTE;

export const memberId = (id: string): MemberId => MemberIdSchema.parse(id);

/** The identity core of a team on a memory store. The clock and the rooms' answers are the test's. */
export class IdentityRig {
  readonly store = new MemoryIdentityStore();
  readonly lobby: Lobby;
  readonly rooms: readonly AgentUid[];
  now = NOW;
  /** What the lobby's own sockets were given, one entry per event. */
  readonly applied: (readonly RightsChange[])[] = [];
  /** Calls to rooms that wait for an answer, oldest first. */
  readonly calls: Call[] = [];
  /** Every call. */
  readonly sent: Call[] = [];
  /** Calls that a room has confirmed. */
  readonly confirmed: Call[] = [];
  readonly commits: IdentityCommit[] = [];
  state: IdentityState;
  #ids = 0x2000;

  /** `agents`: the names of the team's agents. */
  constructor(agents: readonly string[] = []) {
    const rig = rigWithHost();
    this.rooms = agents.map((name) => rig.made(name).spec.agentUid);
    this.lobby = rig.lobby;
    this.state = this.#open();
  }

  #open(): IdentityState {
    const rows = this.store.budgets;
    const budgets = new BudgetLimiter({
      row: (who) => rows.get(who) ?? null,
      put: (row) => rows.set(row.who, row),
    });
    return openIdentity(this.store, this.lobby, budgets);
  }

  /** A reset: calls under way are lost. */
  reset(): void {
    this.calls.length = 0;
    this.state = this.#open();
  }

  /** @throws when the core gives no answer, or more than one */
  do<A extends IdentityOperation>(act: A, ask: IdentityInput<A>): IdentityOutput<A> {
    const effects = this.event({ type: 'operation', act, ask });
    const answers = effects.flatMap((effect) => (effect.type === 'answer' ? [effect.answer] : []));
    if (answers.length !== 1) throw new Error(`${act} has ${answers.length} answers`);
    for (const answer of answers) return answer;
    throw new Error('unreachable');
  }

  event<A extends IdentityOperation>(event: IdentityEvent<A>): IdentityEffect<IdentityOutput<A>>[] {
    const effects = handle(this.state, event, this.#context());
    this.#perform(effects);
    return effects;
  }

  /** What an event may do in the middle. */
  run(decide: (work: UnitOfWork) => void): void {
    const work = new UnitOfWork(this.state, this.#context());
    decide(work);
    this.#perform(work.effects());
  }

  /** The room of the oldest call answers, or cannot be reached. */
  answerCall(ok: boolean): void {
    const call = this.calls.shift();
    if (call === undefined) throw new Error('no room was called');
    if (ok) this.confirmed.push(call);
    const numbers = call.pushes.map(({ number }) => number);
    this.event({ type: 'rights-sent', room: call.room, numbers, ok });
  }

  #context() {
    return { now: this.now, freshId: () => uuid(++this.#ids) };
  }

  #perform(effects: readonly IdentityEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'commit') {
        this.commits.push(effect.commit);
        this.store.commit(effect.commit, this.now);
      }
      if (effect.type === 'apply-rights') this.applied.push(effect.changes);
      if (effect.type !== 'send-rights') continue;
      this.calls.push(effect);
      this.sent.push(effect);
    }
  }

  device(sid: string, over: Partial<Device> = {}): Device {
    return { sid, refresh: `of ${sid}`, expiresAt: this.now + DAY, device: 'a test', address: null, ...over };
  }

  link(id: string, role: LoginLink['member']['role'] = 'admin', code = `link ${++this.#ids}`): LoginLink {
    return { code, expiresAt: this.now + MINUTE, member: { id: memberId(id), name: id, role } };
  }

  /** By a one-time link. The member is made at the first time. */
  signIn(id: string, role: LoginLink['member']['role'] = 'admin', sid = `s-${id}`): ActingMember {
    const answer = this.do('sign-in', { login: this.link(id, role), device: this.device(sid) });
    if (!answer.ok) throw new Error(answer.error.message);
    return { memberId: memberId(id), sid, address: null };
  }

  code(code = `code ${++this.#ids}`) {
    return { code, expiresAt: this.now + MINUTE };
  }
}
