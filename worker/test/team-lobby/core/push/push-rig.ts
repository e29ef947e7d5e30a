import {
  DEFAULT_PUSH_SETTINGS,
  type Member,
  MemberIdSchema,
  PushEndpointSchema,
  type PushSettings,
  type RequestHead,
  type RoomSummary,
} from '@muster/protocol';
import type { RoomReport } from '../../../../src/rpc.ts';
import type { MemberRow } from '../../../../src/team-lobby/core/identity/types.ts';
import {
  type Delivery,
  handle,
  type Looker,
  nextDeadline,
  openPushes,
  type PushAnswer,
  type PushEffect,
  type PushEvent,
  type PushState,
} from '../../../../src/team-lobby/core/push/index.ts';
import type { AgentRow } from '../../../../src/team-lobby/core/types.ts';
import { MemoryPushStore } from '../../../../src/team-lobby/storage/memory-push.ts';
import { TEAM } from '../../../auth/bodies.ts';
import { memberRow } from '../identity/rows.ts';
import { rigWithHost, summary, uuid } from '../rig.ts';

export const memberOf = ({ id, name, role }: MemberRow): Member => ({ id, name, role });

/** Pushes of a lobby with one agent, *One*, and what a push service was asked. */
export class PushRig {
  readonly lobby = rigWithHost();
  readonly agent: AgentRow = this.lobby.made();
  readonly store = new MemoryPushStore();
  readonly members = new Map<string, MemberRow>();
  lookers: Looker[] = [];
  state: PushState;
  out: PushEffect[] = [];
  private ids = 0;
  private reports = 0;
  private readonly spent = new Set<string>();

  constructor() {
    this.state = this.opened();
    for (const id of ['ada', 'bo']) this.members.set(id, memberRow(id, { role: 'operator' }));
  }

  private opened(): PushState {
    const members = {
      member: (id: string) => this.members.get(id) ?? null,
      revision: () => 7,
    };
    return openPushes({ team: TEAM, lobby: this.lobby.lobby, members }, this.store.load());
  }

  /** What a reset leaves. */
  reset(): void {
    this.state = this.opened();
  }

  get now(): number {
    return this.lobby.now;
  }

  do(event: PushEvent): readonly PushEffect[] {
    const effects = handle(this.state, event, {
      now: this.now,
      freshId: () => {
        this.ids += 1;
        return uuid(0x9000 + this.ids);
      },
      lookers: () => this.lookers,
      spend: (code) => !this.spent.has(code) && this.spent.add(code) !== undefined,
    });
    for (const effect of effects) if (effect.type === 'commit') this.store.commit(effect.commit);
    this.out.push(...effects);
    return effects;
  }

  by(id: string, sid = `s-${id}`) {
    const row = this.members.get(id) ?? memberRow(id);
    return { member: memberOf(row), sid, address: null };
  }

  /** A device of a member; returns its id. */
  device(id: string, name = id, sid?: string): string {
    const endpoint = PushEndpointSchema.parse(`https://push.example/${name}`);
    const input = { endpoint, keys: { p256dh: 'p', auth: 'a' } };
    const ask = { input, device: name, origin: 'https://muster.example' };
    const answer = answerOf(this.do({ type: 'subscribe', by: this.by(id, sid), ...ask }));
    if (answer?.type !== 'subscribed') throw new Error(`refused: ${JSON.stringify(answer)}`);
    return answer.subscription.subscriptionId;
  }

  set(id: string, over: Partial<PushSettings>): void {
    this.do({ type: 'set', by: this.by(id), settings: { ...DEFAULT_PUSH_SETTINGS, ...over } });
  }

  /** The agent's room reports, and the lobby says what is new of it. */
  report(
    requests: readonly RequestHead[],
    over: Partial<RoomSummary> = {},
    more: Pick<RoomReport, 'resolved' | 'turns'> = {},
  ): readonly PushEffect[] {
    this.reports += 1;
    const { agentUid } = this.agent.spec;
    const said = summary({ pendingPermissions: requests.length, ...over });
    const report = { agentUid, generation: this.agent.generation, summaryRevision: this.reports };
    const effects = this.lobby.do({
      type: 'room-reported',
      report: { ...report, summary: said, requests, ...more },
    });
    return effects.flatMap((effect) =>
      effect.type === 'notice' ? this.do({ type: 'notice', notice: effect.notice }) : [],
    );
  }

  /** A page of a member that looks at the agent. */
  looks(id: string, connection = `page-${id}`): void {
    this.lookers.push({ connection, memberId: MemberIdSchema.parse(id), agentId: this.agent.spec.agentId });
  }

  passes(ms: number): readonly PushEffect[] {
    this.lobby.now += ms;
    return this.do({ type: 'due' });
  }

  tried({ id }: Delivery, status: number | null, retryAfter?: number): readonly PushEffect[] {
    const after = retryAfter === undefined ? {} : { retryAfter };
    return this.do({ type: 'tried', id, result: { status, ...after } });
  }

  get deadline(): number | null {
    return nextDeadline(this.state);
  }

  outcome(device: string) {
    return this.state.subscriptions.get(device)?.lastOutcome;
  }
}

export const deliveries = (effects: readonly PushEffect[]): Delivery[] =>
  effects.flatMap((effect) => (effect.type === 'deliver' ? [effect.delivery] : []));

export const answerOf = (effects: readonly PushEffect[]): PushAnswer | undefined =>
  effects.flatMap((effect) => (effect.type === 'answer' ? [effect.answer] : []))[0];

/** Where a page was asked whether it shows an event. */
export const askedPages = (effects: readonly PushEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.to] : []));
