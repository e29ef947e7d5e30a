import type { AuditEntry, TeamId, WireError } from '@muster/protocol';
import { type Attempt, completeEntry, draftOfAttempt } from '../audit/entry.ts';
import type { Refusal } from '../audit/refusal-limiter.ts';
import { RefusalReporter } from '../audit/refusal-reporter.ts';
import type { LobbyStub } from '../rpc.ts';
import type { RoomState } from './core/state.ts';
import type { Effect, Member, RoomEvent } from './core/types.ts';

export interface LobbyPublisherPorts {
  readonly lobby: (team: TeamId) => Pick<LobbyStub, 'report' | 'noteOf' | 'refused'>;
  readonly room: () => RoomState;
  readonly apply: (event: RoomEvent) => void;
}

/** Sends a room's summaries (R3), audit entries and refusals (X8) to its lobby. The alarm retries calls that failed. */
export class LobbyPublisher {
  readonly #ports: LobbyPublisherPorts;
  readonly #refusals = new RefusalReporter((refusal) => void this.#send(refusal));

  constructor(ports: LobbyPublisherPorts) {
    this.#ports = ports;
  }

  async sendReport({
    revision,
    summary,
    requests,
    resolved,
    turns,
  }: Extract<Effect, { type: 'report' }>): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    const { spec, generation } = durable.placement;
    const report = { agentUid: spec.agentUid, generation, summaryRevision: revision, summary, requests };
    const news = { resolved, turns };
    const held = await orNull(this.#ports.lobby(durable.team).report({ ...report, ...news }));
    this.#ports.apply({ type: 'report-acked', revision: held });
  }

  async sendAudit({ first, entries }: Extract<Effect, { type: 'send-audit' }>): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    const { agentUid } = durable.placement.spec;
    const held = await orNull(this.#ports.lobby(durable.team).noteOf(agentUid, first, entries));
    this.#ports.apply({ type: 'audit-acked', acked: held });
  }

  /** X8: best effort: a refused attempt changed nothing, so nothing waits for its audit entry. */
  async auditRefusal(member: Member, attempt: Attempt, error: WireError, now: number): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    await this.sendRefusal(
      completeEntry(draftOfAttempt(member, attempt, durable.placement.spec), error, now),
      now,
    );
  }

  /** X8a: every refusal leaves the room here: sent at once, or counted and sent together. */
  async sendRefusal(entry: AuditEntry, now: number): Promise<void> {
    const refusal = this.#refusals.admit({ entry, others: 0 }, now);
    if (refusal !== null) await this.#send(refusal);
  }

  async #send(refusal: Refusal): Promise<void> {
    const { durable } = this.#ports.room();
    if (durable === null) return;
    await this.#ports
      .lobby(durable.team)
      .refused(refusal)
      .catch(() => undefined);
  }

  /** Before the room is gone. @throws Error when the lobby cannot be reached */
  async flushAudit(): Promise<void> {
    for (;;) {
      const { durable, audit } = this.#ports.room();
      const [first] = audit.pending;
      if (durable === null || first === undefined) return;
      const entries = audit.pending.map(({ entry }) => entry);
      const { agentUid } = durable.placement.spec;
      const held = await this.#ports.lobby(durable.team).noteOf(agentUid, first.number, entries);
      this.#ports.apply({ type: 'audit-acked', acked: held });
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
