import type { AgentLimit, Role } from '@muster/protocol';
import fc from '../../../../../test/harness/fast-check.ts';
import { tokenSid } from '../../../../src/auth/claims.ts';
import type { ActingMember, IdentityOperation } from '../../../../src/team-lobby/core/identity/types.ts';
import { EVERY_ROOM } from '../../../../src/team-lobby/core/identity/visits.ts';
import { DAY, type IdentityRig, memberId } from './rig.ts';

const KINDS = [
  'sign-in',
  'refresh',
  'end-sessions',
  'standing',
  'add-member',
  'change-member',
  'remove-member',
  'invite',
  'uninvite',
  'accept',
  'make-token',
  'use-token',
  'revoke-token',
  'add-passkey',
  'remove-passkey',
  'sign-in-by-passkey',
  'sign-in-by-issuer',
  'by-identity',
  'wait',
  'room-answers',
  'alarm',
  'reset',
] as const;
export type Kind = (typeof KINDS)[number];

/** A step of a random life. Numbers choose among what there is then. */
export interface Act {
  readonly kind: Kind;
  readonly by: number;
  readonly about: number;
  readonly role: Role;
  readonly agents: AgentLimit | null;
  readonly wait: number;
  readonly ok: boolean;
}

const many = fc.nat(11);
export const acts = fc.array(
  fc.record<Act>({
    kind: fc.constantFrom(...KINDS),
    by: many,
    about: many,
    role: fc.constantFrom('admin', 'operator', 'viewer'),
    agents: fc.constantFrom(null, null, { names: ['one'] }, { names: [] }),
    wait: fc.constantFrom(1, 900, 5_000, 9_999, 10_001, 30_000, 61_000, DAY / 2),
    ok: fc.boolean(),
  }),
  { maxLength: 60, size: 'max' },
);

/** What an act was asked as, and how it ended. */
export interface Outcome {
  readonly operation: IdentityOperation | null;
  /** Who asked for it; null: nobody who is signed in. */
  readonly by: ActingMember | null;
  readonly ok: boolean;
}

const NOTHING: Outcome = { operation: null, by: null, ok: true };

/** A team's life: who has ever signed in, and with what. */
export class Life {
  readonly rig: IdentityRig;
  readonly signIns: ActingMember[];
  readonly invitations: { readonly id: string; readonly hash: string }[] = [];
  readonly tokens: { readonly id: string; readonly hash: string }[] = [];
  readonly passkeys: { readonly id: string }[] = [];
  /** The refresh tokens of each session: the generation of each that was given. */
  readonly given = new Map<string, number>();
  readonly refreshed: (sid: string, brought: number, answered: number | null) => void;
  #ids = 0;

  constructor(people: IdentityRig, refreshed: Life['refreshed']) {
    this.rig = people;
    this.refreshed = refreshed;
    this.signIns = [people.signIn('ada')];
  }

  #pick<T>(of: readonly T[], at: number): T | undefined {
    return of[at % Math.max(1, of.length)];
  }

  #fresh(what: string): string {
    this.#ids += 1;
    return `${what}-${this.#ids}`;
  }

  /** Remembers a sign-in that came about. */
  #entered(
    operation: IdentityOperation,
    answer: ReturnType<IdentityRig['do']> | unknown,
    sid: string,
  ): Outcome {
    const result = answer as { ok: boolean; value?: { member: { id: string } } };
    if (result.value !== undefined) this.signIns.push(byOf(result.value.member.id, sid));
    return { operation, by: null, ok: result.ok };
  }

  do(act: Act): Outcome {
    const by = this.#pick(this.signIns, act.by) ?? byOf('nobody', 'none');
    switch (act.kind) {
      case 'wait':
        this.rig.now += act.wait;
        return NOTHING;
      case 'room-answers':
        if (this.rig.calls.length > 0) this.rig.answerCall(act.ok);
        return NOTHING;
      case 'reset':
        this.rig.reset();
        this.rig.event({ type: 'alarm' });
        return NOTHING;
      case 'alarm':
        this.rig.event({ type: 'alarm' });
        return NOTHING;
      default:
        return this.#signIn(act) ?? this.#member(act, by) ?? this.#own(act, by);
    }
  }

  /** Ways in. */
  #signIn({ kind, about, role, ok }: Act): Outcome | null {
    const { rig } = this;
    const sid = this.#fresh('s');
    const device = rig.device(sid);
    const identity = {
      ...{ issuer: 'i', ownId: memberId(`i-${about % 3}`), name: 'I', email: null },
      ...{ mapped: null, newcomers: ok ? role : null },
    };
    switch (kind) {
      case 'sign-in': {
        const login = rig.link(`m-${about % 4}`, role, ok ? undefined : 'a link');
        return this.#entered(kind, rig.do('sign-in', { login, device }), sid);
      }
      case 'accept': {
        const code = this.#pick(this.invitations, about) ?? { id: 'none', hash: '' };
        const ask = { ...code, memberId: memberId(this.#fresh('a')), device };
        return this.#entered(kind, rig.do('accept', ask), sid);
      }
      case 'sign-in-by-passkey': {
        const { id } = this.#pick(this.passkeys, about) ?? { id: 'none' };
        const right = rig.code(ok ? undefined : 'a challenge');
        return this.#entered(kind, rig.do(kind, { id, counter: 0, right, device }), sid);
      }
      case 'sign-in-by-issuer': {
        const ask = { identity, memberId: identity.ownId, right: rig.code(), device };
        return this.#entered(kind, rig.do(kind, ask), sid);
      }
      case 'by-identity':
        return this.#entered('standing', rig.do('standing', { kind: 'identity', identity, device }), sid);
      default:
        return null;
    }
  }

  /** What a member does to others. */
  #member({ kind, about, role, agents }: Act, by: ActingMember): Outcome | null {
    const { rig } = this;
    const target = this.#pick(rig.store.members.all(), about)?.id ?? 'nobody';
    const grant = { name: 'N', role, agents, email: null };
    switch (kind) {
      case 'add-member':
        return { operation: kind, by, ok: rig.do(kind, { by, grant }).ok };
      case 'change-member':
        return { operation: kind, by, ok: rig.do(kind, { by, id: target, change: { role, agents } }).ok };
      case 'remove-member':
        return { operation: kind, by, ok: rig.do(kind, { by, id: target }).ok };
      case 'invite': {
        const id = this.#fresh('i');
        const invitation = { ...grant, id, hash: `of ${id}`, expiresAt: rig.now + DAY };
        const { ok } = rig.do(kind, { by, invitation });
        this.invitations.push({ id, hash: `of ${id}` });
        return { operation: kind, by, ok };
      }
      case 'uninvite': {
        const { id } = this.#pick(this.invitations, about) ?? { id: 'none' };
        return { operation: kind, by, ok: rig.do(kind, { by, id }).ok };
      }
      default:
        return null;
    }
  }

  /** What a member does with what is theirs. */
  #own({ kind, about, role, agents, ok }: Act, by: ActingMember): Outcome {
    const { rig } = this;
    switch (kind) {
      case 'refresh':
        return this.#refresh(by, about % 3);
      case 'end-sessions': {
        const sid = ok ? by.sid : null;
        return { operation: kind, by, ok: rig.do(kind, { sid, by }).ok };
      }
      case 'standing': {
        const room = this.#pick([...rig.rooms, EVERY_ROOM] as const, about);
        const ask = { kind: 'session', memberId: by.memberId, sid: by.sid } as const;
        const reaches = { agentId: 'two', stays: ok };
        const visits = room === undefined || ok ? {} : { visits: room };
        return {
          operation: kind,
          by,
          ok: rig.do(kind, { ...ask, ...visits, reaches, connects: true }).ok,
        };
      }
      case 'make-token': {
        const id = this.#fresh('t');
        const token = { id, hash: `of ${id}`, name: 'T', role, agents, expiresAt: rig.now + DAY };
        const made = rig.do(kind, { by, token });
        this.tokens.push({ id, hash: `of ${id}` });
        if (made.ok) this.signIns.push(byOf(by.memberId, tokenSid(id)));
        return { operation: kind, by, ok: made.ok };
      }
      case 'use-token': {
        const token = this.#pick(this.tokens, about) ?? { id: 'none', hash: '' };
        return { operation: 'standing', by: null, ok: rig.do('standing', { kind: 'token', ...token }).ok };
      }
      case 'revoke-token': {
        const { id } = this.#pick(this.tokens, about) ?? { id: 'none' };
        return { operation: kind, by, ok: rig.do(kind, { by, id }).ok };
      }
      default:
        return this.#passkey(kind, about, by);
    }
  }

  #passkey(kind: Kind, about: number, by: ActingMember): Outcome {
    const { rig } = this;
    if (kind === 'add-passkey') {
      const id = this.#fresh('p');
      this.passkeys.push({ id });
      const passkey = { id, name: 'P', publicKey: 'k', counter: 0, transports: [] };
      return { operation: kind, by, ok: rig.do(kind, { by, right: rig.code(), passkey }).ok };
    }
    const { id } = this.#pick(this.passkeys, about) ?? { id: 'none' };
    return { operation: 'remove-passkey', by, ok: rig.do('remove-passkey', { by, id }).ok };
  }

  /** `back`: how many generations before the newest. */
  #refresh(by: ActingMember, back: number): Outcome {
    const { memberId: id, sid } = by;
    const generation = Math.max(0, (this.given.get(sid) ?? 0) - back);
    const ask = { memberId: id, spent: '', generation, generations: true, device: this.rig.device(sid) };
    const answer = this.rig.do('refresh', ask);
    const answered = answer.ok ? (answer.value.generation ?? 0) : null;
    this.refreshed(sid, generation, answered);
    if (answered !== null) this.given.set(sid, answered);
    return { operation: 'refresh', by, ok: answer.ok };
  }
}

const byOf = (id: string, sid: string): ActingMember => ({ memberId: memberId(id), sid, address: null });
