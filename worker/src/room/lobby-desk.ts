import type { AuditEntry, TeamId, WireError } from '@muster/protocol';
import { type Attempt, completeEntry, draftOfAttempt } from '../audit/entry.ts';
import type { Refusal } from '../audit/refusal-limiter.ts';
import { RefusalReporter } from '../audit/refusal-reporter.ts';
import type { LobbyStub } from '../rpc.ts';
import type { RoomState } from './core/state.ts';
import type { Effect, Member, RoomEvent } from './core/types.ts';

export interface LobbyDeskPorts {
  readonly lobby: (team: TeamId) => Pick<LobbyStub, 'report' | 'noteOf' | 'refused'>;
  readonly room: () => RoomState;
  readonly apply: (event: RoomEvent) => void;
}

/** What a room tells its lobby: how its agent is (R3) and what people did (X8). Where a call fails the alarm tells it again. */
export class LobbyDesk {
  readonly #ports: LobbyDeskPorts;
  readonly #refusals = new RefusalReporter((refusal) => void this.#tell(refusal));

  constructor(ports: LobbyDeskPorts) {
    this.#ports = ports;
  }

  async report({ revision, summary }: Extract<Effect, { type: 'report' }>): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    const { spec, generation } = durable.placement;
    const report = { agentUid: spec.agentUid, generation, summaryRevision: revision, summary };
    const held = await orNull(this.#ports.lobby(durable.team).report(report));
    this.#ports.apply({ type: 'reported', revision: held });
  }

  async note({ first, entries }: Extract<Effect, { type: 'note' }>): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    const { agentUid } = durable.placement.spec;
    const held = await orNull(this.#ports.lobby(durable.team).noteOf(agentUid, first, entries));
    this.#ports.apply({ type: 'noted', held });
  }

  /** X8: as far as the lobby can be reached: nothing came of it, so nothing waits for that. */
  async refused(member: Member, attempt: Attempt, error: WireError, now: number): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    await this.count(completeEntry(draftOfAttempt(member, attempt, durable.placement.spec), error, now), now);
  }

  /** X8a: the one way of every refusal out of a room: told at once, or counted and told together. */
  async count(entry: AuditEntry, now: number): Promise<void> {
    const refusal = this.#refusals.admit({ entry, others: 0 }, now);
    if (refusal !== null) await this.#tell(refusal);
  }

  async #tell(refusal: Refusal): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    await this.#ports
      .lobby(durable.team)
      .refused(refusal)
      .catch(() => undefined);
  }

  /** Before the room is gone. @throws Error when the lobby cannot be reached */
  async noteAll(): Promise<void> {
    for (;;) {
      const { durable, audit } = this.#ports.room();
      const [first] = audit.waiting;
      if (durable === null || first === undefined) return;
      const entries = audit.waiting.map(({ entry }) => entry);
      const { agentUid } = durable.placement.spec;
      const held = await this.#ports.lobby(durable.team).noteOf(agentUid, first.number, entries);
      this.#ports.apply({ type: 'noted', held });
    }
  }
}

/** Null: the other object could not be reached. */
async function orNull(call: Promise<number>): Promise<number | null> {
  try {
    return await call;
  } catch {
    return null;
  }
}
